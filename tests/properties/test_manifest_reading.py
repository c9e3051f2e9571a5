"""Any plain data survives YAML with its places, and no text makes the reader raise."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from ftspec.backends.files import read_project, read_schemas
from ftspec.manifest.document import SourceFile, join_path
from ftspec.manifest.project import resolve
from ftspec.manifest.reader import read_documents
from ftspec.manifest.schema import check_schema

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
SCHEMAS = read_schemas()
VALID = Path(__file__).parent.parent / "unit" / "manifest" / "whole.yaml"

# Written plainly, these do not survive PyYAML itself: its writer and its reader disagree on them as line breaks.
text = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
plain = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(text, children, max_size=4),
    max_leaves=20,
)


def read(written, path="ftspec.yaml"):
    return read_documents((SourceFile(path, written),))


def paths_of(value, path=""):
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield f"{join_path(path, key)}#key"
            yield from paths_of(child, join_path(path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from paths_of(child, join_path(path, index))


@given(plain, st.booleans(), st.booleans())
def test_plain_data_reads_back_equal_and_every_path_has_a_place(spec, flow, allow_unicode):
    content = {"apiVersion": "ftspec/v1", "kind": "Dataset", "metadata": {"name": "d"}, "spec": spec}
    written = yaml.safe_dump(content, default_flow_style=flow, allow_unicode=allow_unicode)
    reading = read(written, "dataset.yaml")
    assert reading.diagnostics == ()
    (document,) = reading.documents
    assert document.content == content
    lines = LINE_BREAK.split(written)
    paths = set(paths_of(content))
    # A text of several words has places inside it, too.
    assert paths <= document.spans.keys() <= paths | {f"{path}#text" for path in paths}
    for path, span in document.spans.items():
        assert 1 <= span.line <= len(lines), path
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1, path


@given(st.text(alphabet=st.characters(), max_size=200))
def test_no_text_makes_the_reader_raise(written):
    check_everything(written)
    check_everything(f"apiVersion: ftspec/v1\nkind: Project\n{written}")


@given(st.lists(st.sampled_from(list("-:?[]{},&*!|>'\"%@`#~<= \t\n\rab1_.$\ufeff\x85")), max_size=60).map("".join))
def test_no_heap_of_indicators_makes_the_reader_raise(written):
    check_everything(written)
    check_everything(f"apiVersion: ftspec/v1\nkind: Project\nspec: {written}")


@given(st.data())
def test_no_damage_to_a_valid_manifest_makes_anything_raise(data):
    written = VALID.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(written)))
        end = min(len(written), start + data.draw(st.integers(0, 30)))
        inserted = data.draw(
            st.sampled_from(["", ":", "- ", "\n", "  ", "[", "{a: ", "yes", "null", "${x}", "&a ", "*a"])
        )
        written = written[:start] + inserted + written[end:]
    check_everything(written)


@given(plain)
def test_no_spec_makes_the_checks_raise(spec):
    for kind in ("Project", "Dataset", "FineTunedModel", "Privileges"):
        content = {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": "d"}, "spec": spec}
        check_everything(yaml.safe_dump(content))


def check_everything(written):
    """Read, resolve and check; every diagnostic must have a place inside the text."""
    reading = read(written)
    resolution = resolve(reading.documents, SCHEMAS, environment=None, variables={}, version="0.1.0")
    found = reading.diagnostics + resolution.diagnostics
    for document in resolution.documents:
        found += check_schema(document, SCHEMAS)
    lines = LINE_BREAK.split(written)
    for each in found:
        assert each.span is not None
        assert 1 <= each.span.line <= len(lines)
        assert (each.message + each.hint).isprintable()


def test_the_damaged_manifest_is_valid_before_it_is_damaged(tmp_path):
    (tmp_path / "ftspec.yaml").write_bytes(VALID.read_bytes())
    files, diagnostics = read_project(tmp_path)
    reading = read_documents(files)
    resolution = resolve(reading.documents, SCHEMAS, environment=None, variables={}, version="0.1.0")
    diagnostics += reading.diagnostics + resolution.diagnostics
    for document in resolution.documents:
        diagnostics += check_schema(document, SCHEMAS)
    assert diagnostics == ()
    assert resolution.project is not None
