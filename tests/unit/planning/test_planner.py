from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.profile_rows import profile_of, profile_row

from ftspec.backends.files import read_schemas
from ftspec.manifest.document import Document
from ftspec.model.address import SchemaName
from ftspec.model.diagnostics import Span
from ftspec.planning.desired import build_desired
from ftspec.planning.planner import build_plan
from ftspec.resources.base import Refusal, Scope
from ftspec.resources.finetune import describe_job, list_jobs, show_models
from ftspec.resources.grant import Grantee
from ftspec.resources.marker import Marker
from ftspec.resources.shown_grants import show_grants_to

SCHEMAS = read_schemas()
SCOPE = Scope("bot", "dev", SchemaName("ML", "SUPPORT"), "ML_WH", "ML_TRAINER", "ACCT")
QUERY = "SELECT prompt, completion FROM t"
SPECS = {
    "Dataset train": {"query": QUERY},
    "FineTunedModel llama": {"base_model": "llama3-8b", "training_data": "train"},
    "Privileges app": {"role": "APP", "can_use": ["llama"]},
}
MODELS = show_models("ML", "SUPPORT")
COUNTED = profile_row({"PAIRS": 4, "CHARACTERS": 40, "TOTAL": 7})
GRANT = {"privilege": "USAGE", "granted_on": "DATABASE", "name": "ML"}


def declare(specs=SPECS):
    documents = []
    for title, spec in specs.items():
        kind, name = title.split()
        content = {"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        documents.append(Document(kind, name, f"{name}.yaml", content, {"metadata/name": Span(f"{name}.yaml", 4, 9)}))
    return build_desired(tuple(documents), SCHEMAS, SCOPE)


def job(status="IN_PROGRESS", **more):
    (llama,) = declare().declared["model"]
    marker = Marker("bot", "dev", "llama", llama.fingerprint)
    return {
        "id": "ft_1",
        "status": status,
        "base_model": "llama3-8b",
        "training_data": f"/* {marker} */ {QUERY}",
        **more,
    }


def seen(*jobs, models=(), grants=(), counted=COUNTED):
    answers = {
        list_jobs(): ({"c": json.dumps(jobs)},),
        MODELS: tuple(models),
        show_grants_to(Grantee("APP")): tuple(grants),
        show_grants_to(Grantee("PUBLIC")): (),
        show_grants_to(Grantee("ML_TRAINER")): ({"privilege": "USAGE", "granted_on": "ROLE", "name": "ACCOUNTADMIN"},),
        profile_of(QUERY, SCOPE): counted if isinstance(counted, Refusal) else (counted,),
    }
    return {**answers, **{describe_job(each["id"]): ({"c": json.dumps(each)},) for each in jobs}}


def digest(answers, scope=SCOPE, specs=SPECS):
    return build_plan(declare(specs), answers, scope).digest


def test_the_digest_does_not_move_while_a_job_goes_on():
    before = seen(job(progress=0.1))
    after = seen(job(progress=0.9, training_result={"training_loss": 0.5}, trained_tokens=12))
    assert digest(before) == digest(after)


def test_the_digest_does_not_move_with_the_id_of_a_refused_query():
    first, second = (seen(counted=Refusal(2003, "42S02", "gone", query)) for query in ("q1", "q2"))
    assert digest(first) == digest(second)


def test_the_digest_does_not_move_with_rows_alone():
    assert digest(seen()) == digest(seen(counted={**COUNTED, "PAIRS": 5, "TOTAL": 8, "PROMPT_TOKENS": 12}))


@pytest.mark.parametrize(
    "answers",
    [
        seen(job("PENDING")),
        seen(job("SUCCESS", model="ML.SUPPORT.LLAMA")),
        seen(job(), models=[{"database_name": "ML", "schema_name": "SUPPORT", "name": "LLAMA"}]),
        seen(job(), grants=[GRANT]),
        seen(counted={**COUNTED, "PAIRS": 0}),
        seen(),
    ],
)
def test_the_digest_moves_with_what_was_seen(answers):
    assert digest(answers) != digest(seen(job()))


@pytest.mark.parametrize(
    "change", [{"role": "OTHER"}, {"account": "OTHER"}, {"environment": "prod"}, {"project": "x"}, {"retry": True}]
)
def test_the_digest_moves_with_the_place(change):
    assert digest(seen(job()), scope=replace(SCOPE, **change)) != digest(seen(job()))


def test_the_digest_moves_with_the_manifests():
    commented = {**SPECS, "FineTunedModel llama": {**SPECS["FineTunedModel llama"], "comment": "words"}}
    assert digest(seen(job()), specs=commented) != digest(seen(job()))


def test_the_digest_does_not_move_with_the_order_of_rows_or_documents():
    rows = [GRANT, {**GRANT, "privilege": "MONITOR"}]
    turned = dict(reversed(SPECS.items()))
    assert digest(seen(grants=rows)) == digest(seen(grants=rows[::-1]), specs=turned)


def test_a_plan_is_bound_to_its_place():
    plan = build_plan(declare(), seen(), SCOPE)
    assert (plan.project, plan.environment, plan.account, plan.role) == ("bot", "dev", "ACCT", "ML_TRAINER")


def test_every_resource_has_a_change_and_comes_after_what_it_needs():
    plan = build_plan(declare(), seen(), SCOPE)
    assert [str(change.address) for change in plan.changes] == ["dataset train", "model llama", "privileges app"]


def test_notes_have_their_place_and_are_diagnostics_of_the_plan():
    failed = job("ERROR", error={"code": "C", "message": "m"})
    plan = build_plan(declare(), seen(failed), SCOPE)
    llama, app = plan.changes[1:]
    assert [(note.code, str(note.span)) for note in llama.notes] == [("FT214", "llama.yaml:4:9")]
    assert [(note.code, str(note.span)) for note in app.notes] == [("FT205", "app.yaml:4:9")]
    assert plan.diagnostics == llama.notes + app.notes
    assert [step.id for step in plan.steps] == [
        "grant app database ML",
        "grant app database_role SNOWFLAKE.CORTEX_USER",
        "grant app schema ML.SUPPORT",
    ]
