"""What the running role can and cannot do, and what ftspec can see: looked up, nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ftspec.engine.access import read_deeply
from ftspec.engine.refresh import refresh
from ftspec.engine.session import Session
from ftspec.model.address import quote
from ftspec.planning.desired import DesiredState
from ftspec.resources import finetune
from ftspec.resources.base import Answer, Query, Refusal, Scope, is_absent
from ftspec.resources.fine_tuned_model import FineTunedModel
from ftspec.resources.grant import ACCOUNT, AI_FUNCTIONS, CORTEX_USER, DATABASE_ROLE, Grant, Grantee, grant_sql
from ftspec.resources.journal import find_statement, journal_of, read_runs
from ftspec.resources.needs import list_databases, list_read_needs, list_train_needs
from ftspec.resources.privileges import NOUN, PrivilegesKind, take_privileges
from ftspec.resources.shown_grants import show_views
from ftspec.resources.standing import Standing, observe_standing


class Condition(StrEnum):
    """What a finding says."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and the repair where it needs one."""

    state: Condition
    subject: str
    text: str
    hint: str = ""


def examine(session: Session, desired: DesiredState, scope: Scope) -> tuple[Finding, ...]:
    """Look at the connection, at what the running role holds, and at what it can see."""
    identity = session.identity
    role = Grantee(quote(identity.role))
    databases = list_databases(scope, (name for model in _models(desired) for name in (model.model, *model.reads)))
    seen: dict[Query, Answer] = {}
    read_deeply(session, role, seen, databases)
    standing = observe_standing(role, seen, databases=databases)
    views = _read_views(session, desired)
    behind = ", ".join(each.name for each in sorted(standing.roles - {role})) or "none"
    return (
        Finding(Condition.OK, "connection", f"account {identity.account}, user {identity.user}"),
        Finding(Condition.OK, "role", f"{identity.role}; roles behind it: {behind}"),
        *_examine_needs(desired, standing, views, scope),
        *_examine_granting(standing),
        *_examine_declared(session, desired, scope),
        *_examine_sight(session, scope),
    )


def _models(desired: DesiredState) -> Iterator[FineTunedModel]:
    return (model for model in desired.declared.get("model", ()) if isinstance(model, FineTunedModel))


def _read_views(session: Session, desired: DesiredState) -> frozenset[str]:
    """Name the views of the schemas that data is read from: SELECT is granted on one by another word."""
    places = sorted({name.parent for model in _models(desired) for name in model.reads})
    answers = session.read(tuple(show_views(place.database, place.name) for place in places))
    return frozenset(
        str(place.join(str(row["name"])))
        for place, answer in zip(places, answers, strict=True)
        if not isinstance(answer, Refusal)
        for row in answer
    )


def _examine_needs(desired: DesiredState, standing: Standing, views: frozenset[str], scope: Scope) -> Iterator[Finding]:
    """Look up what training each declared model, and asking it, takes."""
    needs: dict[Grant, list[str]] = {Grant(DATABASE_ROLE, CORTEX_USER, "USAGE"): []}
    for model in _models(desired):
        made = list_train_needs(model.model, model.reads, scope, model.creates)
        read = (
            replace(grant, object_type="VIEW") if grant.name in views else grant
            for grant in list_read_needs(model.reads)
        )
        for grant in dict.fromkeys((*made, *read)):
            needs.setdefault(grant, []).append(model.address.name)
    for grant, names in needs.items():
        yield _judge_need(grant, f"to train {', '.join(names)}" if names else "to train", standing)
    asking = _judge_need(Grant(ACCOUNT, "", AI_FUNCTIONS), "to ask a model", standing)
    yield replace(asking, state=Condition.NOTE) if asking.state is Condition.MISSING else asking


def _judge_need(grant: Grant, why: str, standing: Standing) -> Finding:
    how = standing.find(grant)
    if how is not None:
        return Finding(Condition.OK, str(grant), f"{how or 'directly'}, {why}")
    hint = grant_sql((grant,), standing.role)
    if not standing.is_whole:
        return Finding(Condition.UNKNOWN, str(grant), f"not verifiable, for not all roles are seen; {why}", hint)
    return Finding(Condition.MISSING, str(grant), f"not held, {why}", hint)


def _examine_granting(standing: Standing) -> Iterator[Finding]:
    if Grantee("ACCOUNTADMIN") in standing.roles:
        yield Finding(Condition.OK, "granting", "may grant and revoke anything")
        return
    if standing.manages_grants:
        text = f"may grant and revoke anything but database roles of SNOWFLAKE and {AI_FUNCTIONS} (MANAGE GRANTS)"
        yield Finding(Condition.OK, "granting", text, "those take ACCOUNTADMIN")
        return
    text = "may grant on what it owns, and what it holds with the grant option; revoke what it granted"
    hint = "ftspec plan --emit-sql FILE writes the rest for an administrator"
    yield Finding(Condition.NOTE, "granting", text, hint)


def _examine_declared(session: Session, desired: DesiredState, scope: Scope) -> Iterator[Finding]:
    """Say which of the declared grants are held, and which of the others the running role may issue."""
    entries = take_privileges(desired.declared.get(NOUN, ()))
    if not entries:
        return
    placed = replace(scope, role=session.identity.role)
    seen = refresh(session, DesiredState({NOUN: entries}, ()), placed).seen
    observed = PrivilegesKind().observe(entries, placed, seen)
    found = [observed[entry.address] for entry in entries]
    missing = [(wanted, held) for held in found for wanted in held.missing]
    told = [f"{sum(entry.how is not None for held in found for entry in held.found)} held"]
    for word, able in (("may issue", True), ("may not issue", False)):
        listed = [f"{wanted.grant} to {held.grantee}" for wanted, held in missing if (wanted in held.granted) is able]
        told += [f"{word} {', '.join(listed)}"] if listed else []
    unseen = sum(len(held.unseen) for held in found)
    unread = [f"those of {held.grantee} cannot be read" for held in found if held.refusal]
    told += ([f"{unseen} not verifiable"] if unseen else []) + unread
    whole = all(wanted in held.granted for wanted, held in missing) and not unseen and not unread
    hint = "" if whole else "ftspec plan says why; --emit-sql FILE writes them for an administrator"
    yield Finding(Condition.OK if whole else Condition.NOTE, "declared grants", "; ".join(told), hint)


def _examine_sight(session: Session, scope: Scope) -> Iterator[Finding]:
    home = scope.home
    queries: Mapping[str, Query] = {
        "training jobs": finetune.list_jobs(),
        "models": finetune.show_models(home.database, home.name),
        "query history": find_statement(home.database, "ftspec:doctor", "SELECT"),
        "journal": read_runs(scope, 1),
    }
    answers = session.read(tuple(queries.values()))
    for (subject, _), answer in zip(queries.items(), answers, strict=True):
        yield _judge_sight(subject, answer, scope)


def _judge_sight(subject: str, answer: Answer, scope: Scope) -> Finding:
    if isinstance(answer, Refusal):
        if subject == "journal":
            text = f"{journal_of(scope.home)} is not there yet" if is_absent(answer) else answer.message
            return Finding(Condition.NOTE, subject, text, "the first apply makes it" if scope.journal else "")
        return Finding(Condition.MISSING, subject, f"cannot be read: {answer.message}")
    match subject:
        case "training jobs":
            return Finding(Condition.OK, subject, f"{len(finetune.parse_jobs(answer))} listed")
        case "models":
            return Finding(Condition.OK, subject, f"{len(answer)} seen in {scope.home}")
        case _:
            return Finding(Condition.OK, subject, "can be read")
