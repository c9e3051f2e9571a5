"""Whether the running role has what a training takes, looked up before anything is paid for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from ftspec.model.address import ObjectName, quote
from ftspec.model.change import Action, Change, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.resources.base import Query, Refusal, Scope, Seen, is_absent
from ftspec.resources.fine_tuned_model.actual import Lacking, Model
from ftspec.resources.fine_tuned_model.desired import FineTunedModel
from ftspec.resources.fine_tuned_model.figures import Figures
from ftspec.resources.fine_tuned_model.judging import refuse_training
from ftspec.resources.grant import ACCOUNT, AI_FUNCTIONS, CORTEX_USER, Grant, Grantee, grant_sql
from ftspec.resources.needs import list_databases, list_read_needs, list_train_needs
from ftspec.resources.shown_grants import find_managed
from ftspec.resources.standing import observe_standing, read_standing

_REPLACES = frozenset({15, 16})
_FUNCTIONS = {"ai_complete": "AI_COMPLETE", "complete": "COMPLETE"}


def read_role(desired: Iterable[FineTunedModel], scope: Scope, seen: Seen, *, deep: bool) -> set[Query]:
    """Ask what the running role holds; `deep`: and the roles behind it."""
    if not scope.role:
        return set()
    databases = list_databases(scope, (name for model in desired for name in (model.model, *model.reads)))
    return read_standing(Grantee(quote(scope.role)), seen, databases=databases, deep=deep)


def find_lacking(desired: FineTunedModel, figures: Figures, scope: Scope, seen: Seen) -> Lacking | None:
    """List what a training takes and the running role lacks; that data was read shows that it may be."""
    if not scope.role:
        return None
    databases = list_databases(scope, (desired.model, *desired.reads))
    standing = observe_standing(Grantee(quote(scope.role)), seen, databases=databases)
    needs = list_train_needs(desired.model, (), scope, desired.creates)
    reads = _list_unread(desired, figures)
    data = (*list_train_needs(desired.model, reads, scope, desired.creates), *list_read_needs(reads)) if reads else ()
    missing = tuple(grant for grant in needs if standing.find(grant) is None)
    unread = tuple(grant for grant in data if grant not in needs and standing.find(grant) is None)
    if not standing.is_whole:
        return Lacking(scope.role, unverified=(*missing, *unread))
    function = Grant(ACCOUNT, "", f"USE AI FUNCTION {_FUNCTIONS[scope.inference]}")
    answers = any(standing.find(grant) is not None for grant in (Grant(ACCOUNT, "", AI_FUNCTIONS), function))
    given = Grant("MODEL", str(desired.model), "USAGE")
    managed = replace(standing, managed=find_managed(seen))
    bound = managed.is_managed(given) and not managed.may_give(given)
    return Lacking(scope.role, missing, unread, mute=not answers, bound=bound)


def _list_unread(desired: FineTunedModel, figures: Figures) -> tuple[ObjectName, ...]:
    """List the tables and views of datasets that name something which is not there, or may not be read."""
    answers = zip_longest(desired.sources, figures.profiles, figures.refusals)
    return tuple(
        sorted(
            {
                name
                for source, *answered in answers
                if source is not None and any(isinstance(each, Refusal) and is_absent(each) for each in answered)
                for name in source.reads
            }
        )
    )


def check_training(desired: FineTunedModel, actual: Model, notes: Diagnostics, row: int, state: State) -> Change | None:
    """Refuse a training for want of a privilege, or for what its notes hold against it."""
    fault = _check_privileges(desired, actual, row, state)
    return fault or _explain_unread(refuse_training(desired, actual, notes, row, state), actual)


def _check_privileges(desired: FineTunedModel, actual: Model, row: int, state: State) -> Change | None:
    """Block a training that would fail over a privilege; each is told with the statement that repairs it."""
    lacking = actual.lacking or Lacking()
    needs = lacking.needs + ((Grant(ACCOUNT, "", AI_FUNCTIONS),) if lacking.mute and _swaps(desired, row) else ())
    if not needs:
        return _check_bound(desired, actual, row, state) if lacking.bound and row in _REPLACES else None
    notes, statements = _explain(needs, lacking.role, "and the training would fail")
    return Change(desired.address, Action.BLOCKED, state, row, notes[0].message, notes=notes, statements=statements)


def _check_bound(desired: FineTunedModel, actual: Model, row: int, state: State) -> Change | None:
    """Block a training whose model could not take over the grants of the live one."""
    if not actual.grants or actual.lacking is None:
        return None
    message = (
        f"role {actual.lacking.role} may not grant on models of {desired.model.parent}, a schema with managed access: "
        "the new model could not take over the grants of the live one"
    )
    hint = "apply with the role that owns the schema, or one that has MANAGE GRANTS"
    note = Diagnostic("FT265", message, path="metadata/name", hint=hint)
    return Change(desired.address, Action.BLOCKED, state, row, message, notes=(note,))


def _explain_unread(change: Change | None, actual: Model) -> Change | None:
    """Add, where data could not be read, what the running role lacks for it.

    Nothing of it is for an administrator to run unseen: a table may be a view, or not there.
    """
    lacking = actual.lacking or Lacking()
    if change is None or not lacking.data:
        return change
    notes, _ = _explain(lacking.data, lacking.role, "or it is not there")
    return replace(change, notes=(*change.notes, *notes))


def _explain(needs: tuple[Grant, ...], role: str, behind: str) -> tuple[Diagnostics, tuple[str, ...]]:
    statements = tuple(grant_sql((grant,), Grantee(quote(role))) for grant in needs)
    notes = tuple(
        Diagnostic("FT265", f"role {role} lacks {grant}, {behind}", path="metadata/name", hint=statement)
        for grant, statement in zip(needs, statements, strict=True)
    )
    return notes, statements


def note_privileges(desired: FineTunedModel, actual: Model, row: int) -> Diagnostics:
    """Say what could not be looked up, and what asking the model will take beside."""
    lacking = actual.lacking or Lacking()
    if lacking.unverified:
        listed = ", ".join(map(str, lacking.unverified))
        message = f"not verifiable, since not all roles behind the running role are seen: {listed}"
        return (Diagnostic("FT266", message, Severity.NOTE, path="metadata/name"),)
    if lacking.mute and not _swaps(desired, row):
        message = f"role {lacking.role} can train the model, but not ask it: it lacks {AI_FUNCTIONS} on account"
        hint = f"GRANT {AI_FUNCTIONS} ON ACCOUNT TO ROLE {quote(lacking.role)}"
        return (Diagnostic("FT265", message, Severity.WARNING, path="metadata/name", hint=hint),)
    return ()


def explain_unlisted(actual: Model) -> tuple[str, str]:
    """Say why jobs cannot be listed, where it is for want of a privilege, and the statement that repairs it."""
    wanted = [grant for grant in (actual.lacking or Lacking()).needs if grant.name == CORTEX_USER]
    if not wanted:
        return "", ""
    role = (actual.lacking or Lacking()).role
    return f": role {role} lacks {CORTEX_USER}", grant_sql(wanted, Grantee(quote(role)))


def _swaps(desired: FineTunedModel, row: int) -> bool:
    """Tell whether the model is asked before it stays live."""
    return row in _REPLACES and not desired.in_place
