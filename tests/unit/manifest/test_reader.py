from __future__ import annotations

import time

import pytest

from ftspec.manifest.document import SourceFile
from ftspec.manifest.reader import read_documents
from ftspec.model.diagnostics import Span

HEAD = "apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {name: d}\n"


def read(text, path="a.yaml"):
    return read_documents((SourceFile(path, text),))


def read_spec(text):
    reading = read(f"{HEAD}spec: {text}\n")
    return reading.documents[0].content["spec"], [(found.code, str(found.span)) for found in reading.diagnostics]


def test_documents_come_by_file_and_in_the_order_of_the_file():
    two = f"{HEAD}---\n{HEAD.replace('name: d', 'name: e')}"
    reading = read_documents((SourceFile("b.yaml", HEAD), SourceFile("a.yaml", two)))
    assert [(each.source, each.name) for each in reading.documents] == [
        ("a.yaml", "d"),
        ("a.yaml", "e"),
        ("b.yaml", "d"),
    ]
    assert reading.diagnostics == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# a comment\n",
        "a: 1\n",
        "apiVersion: v1\nkind: Pod\n",
        "- ftspec/v1\n",
        "broken: [\n",
        "on: ftspec/v1\n",
        "a: \x00",
    ],
)
def test_a_file_without_a_document_of_ours_is_ignored(text):
    reading = read(text)
    assert (reading.documents, reading.diagnostics, reading.ignored) == ((), (), ("a.yaml",))


def test_the_project_file_is_ours_whatever_it_holds():
    reading = read("", "ftspec.yaml")
    assert reading.ignored == ()
    assert [found.code for found in reading.diagnostics] == ["FT034"]


def test_documents_without_content_are_none():
    reading = read(f"---\n# nothing\n---\n{HEAD}---\n")
    assert len(reading.documents) == 1
    assert reading.diagnostics == ()


def test_what_stands_before_a_fault_is_read():
    reading = read(f"{HEAD}---\na: [\n")
    assert [each.name for each in reading.documents] == ["d"]
    assert [found.code for found in reading.diagnostics] == ["FT001"]


@pytest.mark.parametrize("text", [HEAD.replace("\n", "\r\n"), "\ufeff" + HEAD])
def test_line_ends_and_byte_order_marks_do_not_move_places(text):
    document = read(text).documents[0]
    assert document.spans["kind"] == Span("a.yaml", 2, 7)
    assert document.spans["apiVersion"] == Span("a.yaml", 1, 13)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("7", 7),
        ("-7", -7),
        ("1.5", 1.5),
        ("1.0e+3", 1000.0),
        ("'yes'", "yes"),
        ('"1_000"', "1_000"),
        ("1e3", "1e3"),
        ("0.1.0", "0.1.0"),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
        ("~", None),
        ("", None),
        ("=", "="),
        ("y", "y"),
        ("${name}", "${name}"),
    ],
)
def test_scalars_are_what_every_reader_of_yaml_takes_them_for(text, value):
    spec, found = read_spec(text)
    assert found == []
    assert spec == value
    assert type(spec) is type(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("yes", "FT003"),
        ("Off", "FT003"),
        ("1_000", "FT003"),
        ("0x1F", "FT003"),
        ("0b1", "FT003"),
        ("017", "FT003"),
        ("12:30:45", "FT003"),
        ("1_0.5", "FT003"),
        ("12:30.5", "FT003"),
        (".nan", "FT003"),
        ("1.0e+999", "FT003"),
        ("!!int x", "FT003"),
        ("!!int 1.5", "FT003"),
        ("!!bool maybe", "FT003"),
        ("9" * 5000, "FT012"),
        ("2026-11-23", "FT011"),
        ("2026-11-23T10:00:00Z", "FT011"),
        ("!!binary aGk=", "FT011"),
        ("!!null x", "FT011"),
        ("!!python/object/apply:os.system [x]", "FT011"),
        ("!!set {a, b}", "FT011"),
        ("!own x", "FT011"),
    ],
)
def test_other_scalars_and_tags_are_refused_at_their_place(text, code):
    _, found = read_spec(text)
    assert found == [(code, "a.yaml:4:7")]


def test_an_alias_has_its_own_place_and_what_it_holds_that_of_the_anchor():
    document = read(f"{HEAD}spec:\n  a: &x [one]\n  b: *x\n").documents[0]
    assert document.spec == {"a": ["one"], "b": ["one"]}
    assert document.spans["spec/b"] == Span("a.yaml", 6, 6)
    assert document.spans["spec/b/0"] == Span("a.yaml", 5, 10)


def test_anchors_end_with_their_document():
    reading = read(f"{HEAD}spec: &x {{}}\n---\n{HEAD}spec: *x\n")
    assert [(found.code, str(found.span)) for found in reading.diagnostics] == [("FT001", "a.yaml:9:7")]


def test_the_first_of_two_equal_keys_is_kept():
    spec, found = read_spec("{a: 1, a: 2}")
    assert spec == {"a": 1}
    assert found == [("FT002", "a.yaml:4:14")]


def test_aliases_that_multiply_end_soon():
    lines = ["  a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    started = time.perf_counter()
    reading = read(f"{HEAD}spec:\n" + "\n".join(lines))
    assert [found.code for found in reading.diagnostics] == ["FT001"]
    assert "100,000 values" in reading.diagnostics[0].message
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_values_nested_too_deeply_are_a_diagnostic(opening):
    reading = read(f"{HEAD}spec:\n  {opening * 20_000}")
    assert [found.code for found in reading.diagnostics] == ["FT001"]
    assert "100 deep" in reading.diagnostics[0].message


def test_a_thousand_files_are_read_in_good_time():
    files = tuple(SourceFile(f"{n:04}.yaml", f"{HEAD}spec: {{table: T{n}}}\n") for n in range(1000))
    started = time.perf_counter()
    assert len(read_documents(files).documents) == 1000
    assert time.perf_counter() - started < 10
