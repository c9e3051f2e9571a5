"""What is written is read back as it was, whatever the texts are."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from ftspec.manifest.document import SourceFile
from ftspec.manifest.reader import read_documents
from ftspec.manifest.variable import apply_variables
from ftspec.manifest.writer import build_content, write_manifests

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(["SELECT a AS prompt,\n  b AS completion\nFROM t"])
@example(["${company}", "$${company}", "$$${x}", "a\n ${x}\n"])
@example(["yes", "0x1F", "1e3", "2026-01-01", "~", "- a", "a: b", "#", "'", '"', "\\"])
@example([" leading\n  and trailing \n\n", "\ttab", "\r\n", "\x85\u2028", "\x00\x7f\ufeff", "😀"])
@example(["word " * 60])
def test_texts_survive_being_written(texts):
    spec = {"query": texts[0], "listed": list(texts), "inner": {"text": texts[-1], "number": 3, "on": True}}
    written = write_manifests([build_content("Dataset", "one", spec), build_content("Dataset", "two", spec)])
    reading = read_documents((SourceFile("models.yaml", written),))
    assert reading.diagnostics == ()
    assert [document.name for document in reading.documents] == ["one", "two"]
    for document in reading.documents:
        applied, faults = apply_variables(document, {}, {})
        assert faults == ()
        assert applied.content == {
            "apiVersion": "ftspec/v1",
            "kind": "Dataset",
            "metadata": {"name": document.name},
            "spec": spec,
        }
