from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.backends.files import read_schemas
from ftspec.manifest.document import Document
from ftspec.model.address import Address, SchemaName
from ftspec.model.diagnostics import Span
from ftspec.planning.desired import build_desired
from ftspec.resources.base import Scope

SCHEMAS = read_schemas()
SCOPE = Scope("bot", "dev", SchemaName("ML", "SUPPORT"), "ML_WH")
QUERY = "SELECT prompt, completion FROM t"
TRAIN = ("Dataset", "train", {"query": QUERY})
LLAMA = ("FineTunedModel", "llama", {"base_model": "llama3-8b", "training_data": "train"})
APP = ("Privileges", "app", {"role": "APP", "can_use": ["llama"]})


def document(kind, name, spec, line=1):
    content = {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    spans = {path: Span("m.yaml", line, column) for column, path in enumerate(("kind", "metadata/name", "spec"), 1)}
    return Document(kind, name, "m.yaml", content, spans)


def declare(*entries, scope=SCOPE):
    return build_desired(tuple(document(*entry, line) for line, entry in enumerate(entries, 1)), SCHEMAS, scope)


def model(**more):
    return ("FineTunedModel", "llama", {**LLAMA[2], **more})


def test_what_is_declared():
    desired = declare(APP, LLAMA, TRAIN)
    assert desired.diagnostics == ()
    assert [str(entry.address) for listed in desired.declared.values() for entry in listed] == [
        "dataset train",
        "model llama",
        "privileges app",
    ]
    llama = desired.find(Address("model", "llama"))
    assert (str(llama.model), llama.training.query, llama.comment, llama.epochs) == (
        "ML.SUPPORT.LLAMA",
        QUERY,
        None,
        None,
    )
    assert llama.depends_on == (Address("dataset", "train"),)
    assert desired.find(Address("model", "other")) is None


@given(st.permutations([TRAIN, LLAMA, APP, ("Dataset", "valid", {"table": "v"})]))
def test_the_order_of_documents_does_not_matter(entries):
    desired = declare(*entries)
    assert desired.diagnostics == ()
    llama = desired.find(Address("model", "llama"))
    assert llama.fingerprint == declare(TRAIN, LLAMA).find(Address("model", "llama")).fingerprint


@pytest.mark.parametrize(
    ("entries", "code", "words", "hint", "line"),
    [
        ([("Datset", "d", {})], "FT007", "'Datset' is not a kind", "did you mean 'Dataset'?", 1),
        ([("Pod", "d", {})], "FT007", "'Pod' is not a kind", "the kinds are Dataset", 1),
        ([TRAIN, TRAIN], "FT020", "two documents Dataset 'train'; the other one is at m.yaml:1:2", "rename", 2),
        ([TRAIN, model(training_data="trian")], "FT021", "no Dataset 'trian'", "did you mean 'train'?", 2),
        ([model()], "FT021", "no Dataset 'train'", "declared are: none", 1),
        ([TRAIN, model(validation_data="q")], "FT021", "no Dataset 'q'", "declared are: train", 2),
        ([("Privileges", "app", {"role": "A", "can_use": ["m"]})], "FT021", "no FineTunedModel 'm'", "none", 1),
        (
            [TRAIN, LLAMA, ("FineTunedModel", "b", {**LLAMA[2], "model_name": "Llama"})],
            "FT022",
            "model llama and model b would both be ML.SUPPORT.LLAMA",
            "model_name",
            0,
        ),
        ([TRAIN, model(base_model="llama3-8")], "FT110", "base model 'llama3-8' is not known", "'llama3-8b'", 2),
        ([TRAIN, model(base_model="gpt")], "FT110", "base model 'gpt' is not known", "base_models", 2),
        ([TRAIN, model(model_name="my model")], "FT015", "'my model' is not a Snowflake name", "double quotes", 2),
        ([TRAIN, model(model_name="a.b.c.d")], "FT015", "more than three parts", "SCHEMA.NAME", 2),
        ([TRAIN, model(model_name="m" * 241)], "FT015", "241 characters, more than 240", "", 2),
        ([("Dataset", "d", {"query": f"{QUERY};"})], "FT102", "semicolon", "without ';'", 1),
        ([("Dataset", "d", {"query": f"{QUERY} -- x"})], "FT103", "line comment", "/*", 1),
        ([("Dataset", "d", {"query": "DELETE FROM t"})], "FT101", "not a single SELECT", "", 1),
        ([("Dataset", "d", {"query": "SELECT 1 AS prompt"})], "FT104", "no COMPLETION", "alias", 1),
        ([("Dataset", "d", {"table": "a b"})], "FT015", "'a b' is not a Snowflake name", "", 1),
        ([("Dataset", "d", {"table": "t", "prompt": "a.b"})], "FT015", "'a.b' is not", "one column", 1),
        ([("Dataset", "d", {"table": "t", "where": "a;"})], "FT101", "not one condition", "WHERE", 1),
        ([("Dataset", "d", {"table": "t", "where": "a -- x"})], "FT103", "line comment", "/*", 1),
        ([("Privileges", "p", {"role": "my role"})], "FT015", "'my role' is not", "", 1),
        (
            [("Privileges", "p", {"role": "R", "grants": [{"privilege": "USAGE", "database": "a b"}]})],
            "FT015",
            "'a b' is not",
            "",
            1,
        ),
        (
            [("Privileges", "p", {"role": "R", "grants": [{"privilege": "SELECT", "table": "a.b.c.d"}]})],
            "FT015",
            "more than three parts",
            "",
            1,
        ),
    ],
)
def test_faults(entries, code, words, hint, line):
    (fault,) = declare(*entries).diagnostics
    assert fault.code == code
    assert words in fault.message
    assert hint in fault.hint
    assert fault.span.line == line or not line


def test_can_train_needs_a_warehouse():
    scope = Scope("bot", "dev", SCOPE.home)
    (fault,) = declare(
        TRAIN, LLAMA, ("Privileges", "app", {"role": "A", "can_train": ["llama"]}), scope=scope
    ).diagnostics
    assert fault.code == "FT204"


def test_a_reference_to_a_faulty_document_is_no_second_fault():
    faulty = ("Dataset", "train", {"query": "DELETE FROM t"})
    assert [fault.code for fault in declare(faulty, LLAMA, APP).diagnostics] == ["FT101"]
    faulty = model(base_model="gpt")
    assert [fault.code for fault in declare(TRAIN, faulty, APP).diagnostics] == ["FT110"]


def test_all_faults_are_told_at_once():
    query = ("Dataset", "train", {"query": f"{QUERY};"})
    other = model(base_model="gpt", model_name="a b", training_data="train", validation_data="none")
    found = declare(query, other, ("Privileges", "p", {"role": "1", "can_use": ["x"]})).diagnostics
    assert [fault.code for fault in found] == ["FT102", "FT015", "FT021", "FT110", "FT015", "FT021"]


def fingerprint(*entries):
    return declare(*entries).find(Address("model", "llama")).fingerprint


def test_what_a_model_is_made_from_is_in_its_fingerprint():
    valid = ("Dataset", "valid", {"table": "v", "where": "x = 'a'"})
    made = [
        fingerprint(TRAIN, LLAMA),
        fingerprint(TRAIN, model(base_model="llama3.1-8b")),
        fingerprint(TRAIN, model(options={"max_epochs": 3})),
        fingerprint(TRAIN, model(options={"max_epochs": 4})),
        fingerprint(TRAIN, valid, model(validation_data="valid")),
        fingerprint(TRAIN, ("Dataset", "valid", {"table": "v", "where": "x = 'A'"}), model(validation_data="valid")),
        fingerprint(("Dataset", "train", {"table": "t"}), LLAMA),
        fingerprint(("Dataset", "train", {"table": "t", "prompt": "q"}), LLAMA),
    ]
    assert len(set(made)) == len(made)


def test_what_a_model_is_called_is_not():
    same = fingerprint(TRAIN, LLAMA)
    laid_out = ("Dataset", "train", {"query": "select PROMPT,\n completion /* all */ from T"})
    assert fingerprint(laid_out, LLAMA) == same
    assert fingerprint(("Dataset", "rows", TRAIN[2]), model(training_data="rows")) == same
    assert fingerprint(TRAIN, model(model_name="OTHER", comment="words", options={})) == same
    table = ("Dataset", "train", {"table": "t", "prompt": "PROMPT"})
    assert fingerprint(table, LLAMA) == fingerprint(("Dataset", "train", {"table": "ml.support.T"}), LLAMA)


def test_a_table_is_written_as_a_query():
    spec = {"table": 'raw."t.1"', "prompt": '"my prompt"', "completion": "answer", "where": " a = 'x' \n"}
    (dataset,) = declare(("Dataset", "d", spec)).declared["dataset"]
    expected = 'SELECT "my prompt" AS PROMPT, ANSWER AS COMPLETION FROM ML.RAW."t.1" WHERE a = \'x\''
    assert dataset.training.text == expected
    assert [str(name) for name in dataset.training.reads] == ['ML.RAW."t.1"']
