"""The example of rows that start as a file: its life, and what wrong files get before anything is sent."""

from __future__ import annotations

import json

import pytest
from support.workspace import REPOSITORY, copy_project

EXAMPLE = REPOSITORY / "examples" / "files"
FAQ = "data/faq.jsonl"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return copy_project(EXAMPLE, tmp_path_factory.mktemp("files"))


@pytest.fixture
def restored(workspace):
    kept = {path: path.read_bytes() for path in (workspace.folder / FAQ, workspace.folder / "datasets.yaml")}
    yield workspace
    for path, content in kept.items():
        path.write_bytes(content)


def objects(workspace):
    return sorted(str(row["name"]) for row in workspace.sql("SHOW OBJECTS IN SCHEMA ML.LIBRARY"))


LINES = (EXAMPLE / FAQ).read_text().splitlines()
WRONG = {
    "a broken line": ([*LINES[:6], LINES[6][:-1]], f"{FAQ}:7:{len(LINES[6])}: error FT256: the line is not JSON"),
    "a missing key": (
        [*LINES[:6], '{"question": "Where?"}'],
        f"{FAQ}:7:1: error FT257: the object has no key 'answer'",
    ),
    "null": ([*LINES, '{"question": "Where?", "answer": null}'], f"{FAQ}:41:24: error FT258: 'answer' is null"),
    "not UTF-8": ([*LINES, "\udcfc"], f"{FAQ}:41:1: error FT259: this is not UTF-8: byte 0xfc"),
    "no lines": ([], f"{FAQ}:1:1: error FT260: there are no rows in it"),
}


def test_a_wrong_file_is_told_and_nothing_is_loaded(restored):
    data = restored.folder / FAQ
    good, before = data.read_bytes(), objects(restored)
    for case, (lines, told) in WRONG.items():
        data.write_bytes("".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"))
        ran = restored.run("apply", "--auto-approve")
        assert (case, ran.code, told in ran.err) == (case, 1, True), ran.err
    (restored.folder / "data" / "faq.csv").write_text("question,reply\nWhere?,Here.\n")
    manifest = restored.folder / "datasets.yaml"
    manifest.write_text(manifest.read_text().replace("faq.jsonl", "faq.csv"))
    ran = restored.run("apply", "--auto-approve")
    assert (ran.code, ran.out) == (1, "")
    assert "data/faq.csv:1:1: error FT257: the header has no column 'answer'" in ran.err
    manifest.write_text(manifest.read_text().replace("faq.csv", "faq.jsonl"))
    data.write_bytes(good)
    assert objects(restored) == before


def test_rows_that_are_all_blank(restored):
    lines = (json.dumps({"question": f"Why {n}?", "answer": " "}) for n in range(40))
    (restored.folder / FAQ).write_text("".join(f"{line}\n" for line in lines))
    ran = restored.run("plan", "--target", "faq_llama")
    assert ran.code == 1
    assert "every completion of dataset faq is null or blank\n                       datasets.yaml:7:9" in ran.out


def test_a_name_that_is_taken(restored):
    restored.sql("CREATE TABLE ML.LIBRARY.TICKETS (X INT)", role="ML_TRAINER")
    ran = restored.run("plan")
    restored.sql("DROP TABLE ML.LIBRARY.TICKETS", role="ML_TRAINER")
    assert ran.code == 1
    assert "error FT251      conflict: ML.LIBRARY.TICKETS is there already, not made by ftspec" in ran.out
    assert "datasets.yaml:20:9" in ran.out


def test_what_the_readme_tells(restored):
    def apply():
        ran = restored.run("apply", "--auto-approve")
        assert ran.code == 0, ran.out + ran.err
        return ran.out

    def tables():
        return [name for name in objects(restored) if "__" in name]

    apply()
    assert restored.run("plan", "--detailed-exitcode").code == 0
    first = tables()
    assert [name.partition("__")[0] for name in first] == ["FAQ", "TICKETS"]
    data = restored.folder / FAQ
    data.write_text("".join(f"{line}\n" for line in reversed(LINES)))
    assert restored.run("plan", "--detailed-exitcode").code == 0

    data.write_text("".join(f"{line}\n" for line in [*LINES, json.dumps({"question": "New?", "answer": "Yes."})]))
    assert "model faq_llama                             replace" in apply()
    assert set(first) < set(tables())
    assert restored.run("plan", "--detailed-exitcode").code == 0
    assert restored.sql("SELECT COUNT(*) AS N FROM ML.LIBRARY.FAQ")[0]["N"] == len(LINES) + 1
