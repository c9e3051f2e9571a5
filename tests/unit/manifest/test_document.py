from __future__ import annotations

import pytest

from ftspec.manifest.document import Document, join_path, split_path
from ftspec.model.diagnostics import Diagnostic, Span

SPANS = {
    "": Span("a.yaml", 1, 1),
    "spec": Span("a.yaml", 4, 3),
    "spec/foo#key": Span("a.yaml", 4, 3),
    "spec/foo": Span("a.yaml", 4, 8),
}
DOCUMENT = Document("Dataset", "a", "a.yaml", {"spec": {"foo": [1]}}, SPANS, frozenset({"spec/foo"}))


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("spec/foo", 4, 8),
        ("spec/foo#key", 4, 3),
        ("spec/foo/0/bar", 4, 8),
        ("spec/bar#key", 4, 3),
        ("metadata/name", 1, 1),
        ("", 1, 1),
    ],
)
def test_a_path_has_the_place_of_the_nearest_one_that_encloses_it(path, line, column):
    assert DOCUMENT.span(path) == Span("a.yaml", line, column)


def test_a_diagnostic_is_placed_once():
    found = DOCUMENT.locate(Diagnostic("FT010", "m", path="spec/foo"))
    assert found.span == Span("a.yaml", 4, 8)
    elsewhere = Diagnostic("FT010", "m", path="spec/foo", span=Span("b.yaml", 9, 9))
    assert DOCUMENT.locate(elsewhere) == elsewhere


def test_what_stands_below_a_refused_value_is_refused():
    assert DOCUMENT.is_refused("spec/foo")
    assert DOCUMENT.is_refused("spec/foo/0")
    assert DOCUMENT.is_refused("spec/foo#key")
    assert not DOCUMENT.is_refused("spec")
    assert not DOCUMENT.is_refused("spec/foobar")


@pytest.mark.parametrize("key", ["plain", "a/b", "a~1b", "#key", "~", "", "a#key"])
def test_any_key_survives_a_path(key):
    assert split_path(join_path("spec", key)) == ("spec", key)


def test_a_spec_that_is_no_mapping_is_empty():
    assert Document("Dataset", "a", "a.yaml", {"spec": [1]}, {}).spec == {}
    assert Document("Dataset", "a", "a.yaml", {}, {}).spec == {}
