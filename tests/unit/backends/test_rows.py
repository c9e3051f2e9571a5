from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import math
import random
import re
import tracemalloc
from pathlib import Path

import pytest

from ftspec.backends.rows import ProjectRows
from ftspec.cli.views.diagnostic import format_diagnostic
from ftspec.resources.addressed import file_fingerprint
from ftspec.resources.holdout import BUCKETS
from ftspec.resources.rows import RowSource

ODD = [
    ("", ""),
    (" ", "\t"),
    ("Grüße 👋", "line\nbreak"),
    ('a "quote"', "comma, and 'more'"),
    ("back\\slash", "\\N"),
    ("carriage\r\nreturn", "NULL"),
    ("same", "one"),
    ("same", "one"),
    ("same", "another"),
]


def low(text):
    return int(hashlib.md5(text.encode()).hexdigest()[16:], 16)


def write_jsonl(path, pairs, **keys):
    names = {"prompt": "prompt", "completion": "completion", **keys}
    lines = [json.dumps({names["prompt"]: p, names["completion"]: c, "id": 1}, ensure_ascii=False) for p, c in pairs]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def write_csv(path, pairs, quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows([("id", "prompt", "completion"), *((1, p, c) for p, c in pairs)])
    path.write_bytes(text.getvalue().encode())


def read(folder, name, **keys):
    (file,) = ProjectRows(folder).read([RowSource(name, **keys)])
    assert [format_diagnostic(found) for found in file.faults] == []
    return file


def said(folder, name, content, **keys):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (file,) = ProjectRows(folder).read([RowSource(name, **keys)])
    return [f"{found.code} {found.span or found.path} {found.message}" for found in file.faults]


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.jsonl", "pairs.ndjson", "PAIRS.CSV"])
def test_rows_are_counted_as_snowflake_would(tmp_path, name):
    (write_csv if name.lower().endswith("csv") else write_jsonl)(tmp_path / name, ODD)
    file = read(tmp_path, name)
    total = sum(low(f"{len(prompt)}:{prompt}{completion}") for prompt, completion in ODD)
    assert file_fingerprint(file) == f"d1:{len(ODD)}-{total:x}"
    assert file.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    tally = file.tally(0, BUCKETS)
    assert (tally.rows, tally.prompt_characters) == (len(ODD), sum(len(p) for p, _ in ODD))
    assert tally.completion_tokens == sum(math.ceil(len(c) / 4) for _, c in ODD)
    blank = [re.fullmatch(r"\s*", p) is not None for p, _ in ODD], [re.fullmatch(r"\s*", c) is not None for _, c in ODD]
    assert (tally.blank_prompts, tally.blank_completions) == (sum(blank[0]), sum(blank[1]))
    assert tally.blank_pairs == sum(map(any, zip(*blank, strict=True)))
    held = [(p, c) for p, c in ODD if low(p) % 10_000 < 5000]
    side = file.tally(0, 5000)
    assert (side.rows, side.total) == (len(held), sum(low(f"{len(p)}:{p}{c}") for p, c in held))
    assert file.tally(0, 5000) + file.tally(5000, BUCKETS) == tally


def test_neither_order_nor_format_nor_keys_count(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", ODD)
    shuffled = random.Random(1).sample(ODD, len(ODD))
    write_jsonl(tmp_path / "b.jsonl", shuffled, prompt="question", completion="answer")
    write_csv(tmp_path / "c.csv", shuffled, csv.QUOTE_ALL)
    first = read(tmp_path, "a.jsonl")
    others = (read(tmp_path, "b.jsonl", prompt="question", completion="answer"), read(tmp_path, "c.csv"))
    assert {first.content, *(other.content for other in others)} == {first.content}
    assert {first.buckets, *(other.buckets for other in others)} == {first.buckets}
    assert len({first.sha256, *(other.sha256 for other in others)}) == 3


@pytest.mark.parametrize(
    "changed", [ODD[1:], [*ODD, ODD[0]], [*ODD[:-1], ("sam", "eanother")], [*ODD[:-1], ("another", "same")]]
)
def test_other_rows_are_other_content(tmp_path, changed):
    write_jsonl(tmp_path / "a.jsonl", ODD)
    write_jsonl(tmp_path / "b.jsonl", changed)
    assert read(tmp_path, "a.jsonl").content != read(tmp_path, "b.jsonl").content


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.jsonl"])
def test_what_is_uploaded_is_the_rows_in_quotes(tmp_path, name):
    (write_csv if name.endswith("csv") else write_jsonl)(tmp_path / name, ODD)
    contents = []
    for _ in range(2):
        with ProjectRows(tmp_path).write(RowSource(name)) as written:
            assert written.sha256 == read(tmp_path, name).sha256
            contents.append(Path(written.path).read_bytes())
    assert contents[0] == contents[1]  # the same rows give the same bytes: a second upload is none
    text = gzip.decompress(contents[0]).decode()
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] == ODD
    assert text.startswith('"",""\n" ","\t"\n')


def test_how_much_of_a_file_is_packed_is_told(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [(f"question {number}", "answer") for number in range(3_500)])
    shares = []
    with ProjectRows(tmp_path).write(RowSource("a.jsonl"), shares.append) as written:
        assert written.bytes == Path(written.path).stat().st_size
    assert shares == sorted(shares)
    assert [round(share, 1) for share in shares] == [0.0, 0.3, 0.6, 0.9]


def test_an_upload_of_a_row_that_is_broken_by_now_is_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text("{")
    with pytest.raises(ValueError, match="not JSON"), ProjectRows(tmp_path).write(RowSource("a.jsonl")):
        pytest.fail("nothing may be written")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["FT260 f.csv:1:1 there are no rows in it"]),
        ("prompt,completion\n", ["FT260 f.csv:1:1 there are no rows in it"]),
        ("prompt,completion\n\n\n", ["FT260 f.csv:1:1 there are no rows in it"]),
        ("prompt,answer\na,b\n", ["FT257 f.csv:1:1 the header has no column 'completion'"]),
        (
            "question;answer\na;b\n",
            [
                "FT257 f.csv:1:1 the header has no column 'prompt'",
                "FT257 f.csv:1:1 the header has no column 'completion'",
            ],
        ),
        ("prompt,prompt,completion\na,b,c\n", ["FT257 f.csv:1:1 the header has twice the column 'prompt'"]),
        ("prompt,completion\na,b\na\n\na,b,c\n", [
            "FT256 f.csv:3:1 the row has 1 field, and the header 2",
            "FT256 f.csv:5:1 the row has 3 fields, and the header 2",
        ]),
        ('prompt,completion\n"two\nlines",b\na\n', ["FT256 f.csv:4:1 the row has 1 field, and the header 2"]),
        ('prompt,completion\na,b\n"open,c\nd,e\n', ["FT256 f.csv:3:1 a quote is opened and never closed"]),
        ('prompt,completion\na,"b"c\nd,e\n', ["FT256 f.csv:2:5 a quote stands within a field"]),
        (b"prompt,completion\na,b\xff\n", ["FT259 f.csv:2:4 this is not UTF-8: byte 0xff"]),
        ("prompt,completion\nGrüße,b\xff\n".encode("latin-1"), ["FT259 f.csv:2:3 this is not UTF-8: byte 0xfc"]),
        ("prompt,completion\na,b\n".encode("utf-16"), [
            "FT259 f.csv:1:1 this is not UTF-8: byte 0xff",
        ]),
    ],
)  # fmt: skip
def test_faults_of_csv(tmp_path, content, expected):
    assert said(tmp_path, "f.csv", content)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"prompt": "a", "completion": "b"', "FT256 f.jsonl:2:34 the line is not JSON: expecting ',' delimiter"),
        ("prompt: a", "FT256 f.jsonl:2:1 the line is not JSON: expecting value"),
        ('["a", "b"]', "FT256 f.jsonl:2:1 the line is a list, wanted an object"),
        ("null", "FT256 f.jsonl:2:1 the line is null, wanted an object"),
        ('"a"', "FT256 f.jsonl:2:1 the line is text, wanted an object"),
        ("[" * 100_000, "FT256 f.jsonl:2:1 the line is not JSON that can be read"),
        ('{"id": 1, "prompt": "a"}', "FT257 f.jsonl:2:1 the object has no key 'completion'"),
        ("{}", "FT257 f.jsonl:2:1 the object has no key 'prompt'"),
        ('{"prompt": "a", "completion": 7}', "FT258 f.jsonl:2:17 'completion' is a number, wanted text"),
        ('{"prompt": null, "completion": "b"}', "FT258 f.jsonl:2:2 'prompt' is null, wanted text"),
        ('{"prompt": "\\ud800", "completion": "b"}', "FT258 f.jsonl:2:1 'prompt' holds half of a surrogate pair"),
        (
            '{"prompt": "' + "a" * (16 * 1024 * 1024 + 1) + '", "completion": "b"}',
            "FT258 f.jsonl:2:1 'prompt' is longer than 16 MiB, which a VARCHAR holds",
        ),
    ],
)
def test_faults_of_jsonl(tmp_path, line, expected):
    good = '{"prompt": "a", "completion": "b"}'
    assert said(tmp_path, "f.jsonl", f"{good}\n{line}\n\n{good}\n") == [expected]


def test_bytes_that_are_not_utf_8_have_a_place(tmp_path):
    content = '{"prompt": "a", "completion": "b"}\n{"prompt": "Grü'.encode() + b'\xc3(", "completion": "b"}\n'
    assert said(tmp_path, "f.jsonl", content) == ["FT259 f.jsonl:2:16 this is not UTF-8: byte 0xc3"]


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path):
    assert said(tmp_path, "f.jsonl", '\ufeff\n{"prompt": "a", "completion": "b"}\n  \n') == []
    assert said(tmp_path, "f.csv", "\ufeffprompt,completion\r\n\r\na,b\r\n") == []


def test_the_first_faults_are_told_and_the_others_counted(tmp_path):
    found = said(tmp_path, "f.jsonl", "x\n" * 23)
    assert found[0] == "FT256 f.jsonl:1:1 the line is not JSON: expecting value"
    assert found[20:] == ["FT261 f.jsonl:21:1 and 3 more faults in 'f.jsonl', from here on"]
    assert len(said(tmp_path, "f.jsonl", "x\n" * 20)) == 20


def test_a_file_that_is_not_there_or_not_ours(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").mkdir()
    write_jsonl(tmp_path / "outside" / "a.jsonl", ODD)
    (tmp_path / "project" / "link.jsonl").symlink_to(tmp_path / "outside" / "a.jsonl")
    (tmp_path / "project" / "folder.csv").mkdir()
    sources = [RowSource(name) for name in ("none.csv", "folder.csv", "link.jsonl")]
    found = [file.faults[0] for file in ProjectRows(tmp_path / "project").read(sources)]
    assert [(fault.code, fault.path, fault.message) for fault in found] == [
        ("FT254", "spec/file", "'none.csv' is not there"),
        ("FT254", "spec/file", "'folder.csv' is not a file"),
        ("FT254", "spec/file", "'link.jsonl' leads out of the project"),
    ]


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.jsonl"])
def test_memory_does_not_grow_with_the_rows(tmp_path, name):
    pairs = [(f"question {number} {'x' * 200}", f"answer {number} {'y' * 200}") for number in range(10_000)]
    (write_csv if name.endswith("csv") else write_jsonl)(tmp_path / name, pairs)
    size = (tmp_path / name).stat().st_size
    del pairs
    rows = ProjectRows(tmp_path)
    tracemalloc.start()
    try:
        with rows.write(RowSource(name)):
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 4_000_000
    assert peak < 1_500_000
