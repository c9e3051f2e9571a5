"""Who can call each model, who can train it and on which data, and through which roles."""

from __future__ import annotations

from dataclasses import dataclass

from ftspec.engine.session import Session
from ftspec.model.address import Address, ObjectName
from ftspec.planning.desired import DesiredState
from ftspec.resources.base import Answer, Query, Scope, Seen
from ftspec.resources.fine_tuned_model import FineTunedModel
from ftspec.resources.grant import ACCOUNT, AI_FUNCTIONS, Grant, Grantee
from ftspec.resources.needs import list_databases, list_read_needs, list_train_needs, list_use_needs
from ftspec.resources.privileges import NOUN, is_fit, take_privileges
from ftspec.resources.shown_grants import parse_holders, show_grants_of
from ftspec.resources.standing import Standing, observe_standing, read_standing

SHOWN = 20
"""Users and roles that are named for one role; the rest is counted."""
_DEEP = 10


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a role can do something: how each need is held, what it lacks, and who has the role.

    `elsewhere` is what a database role cannot hold and its account roles must; `complete`: all roles behind were seen.
    """

    grantee: Grantee
    held: tuple[tuple[str, str], ...]
    lacks: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    holders: tuple[tuple[str, str], ...] = ()
    more: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """One model: who can call it, who can train it, and the tables and views that it learns from."""

    address: Address
    model: ObjectName
    callers: tuple[Reach, ...]
    trainers: tuple[Reach, ...]
    reads: tuple[ObjectName, ...]


def read_deeply(session: Session, role: Grantee, seen: dict[Query, Answer], databases: tuple[str, ...]) -> None:
    """Read what a role holds and what all roles behind it do, some rounds at most."""
    for _ in range(_DEEP):
        asked = tuple(sorted(read_standing(role, seen, databases=databases) - seen.keys()))
        if not asked:
            return
        seen.update(zip(asked, session.read(asked), strict=True))


def read_access(session: Session, desired: DesiredState, seen: Seen, scope: Scope) -> tuple[ModelAccess, ...]:
    """Say of each declared model which of the declared roles can call and train it, and which ought to and cannot."""
    known = dict(seen)
    models = tuple(entry for entry in desired.declared.get("model", ()) if isinstance(entry, FineTunedModel))
    databases = list_databases(scope, (name for model in models for name in (model.model, *model.reads)))
    grantees = tuple(entry.grantee for entry in take_privileges(desired.declared.get(NOUN, ())))
    for grantee in grantees:
        read_deeply(session, grantee, known, databases)
    holders = tuple(show_grants_of(grantee) for grantee in grantees)
    known.update(zip(holders, session.read(holders), strict=True))
    standings = tuple(observe_standing(grantee, known, databases=databases) for grantee in grantees)
    return tuple(_judge_model(model, desired, standings, known, scope) for model in models)


def _judge_model(
    model: FineTunedModel, desired: DesiredState, standings: tuple[Standing, ...], seen: Seen, scope: Scope
) -> ModelAccess:
    training = (*list_train_needs(model.model, model.reads, scope, model.creates), *list_read_needs(model.reads))
    told = {
        preset: frozenset(
            entry.grantee
            for entry in take_privileges(desired.declared.get(NOUN, ()))
            if any(wanted.origin == f"{preset} {model.address.name}" for wanted in (*entry.wanted, *entry.left_out))
        )
        for preset in ("can_use", "can_train")
    }
    calling = (*list_use_needs(model.model), Grant(ACCOUNT, "", AI_FUNCTIONS))
    callers = (_judge_role(calling, standing, seen) for standing in standings)
    trainers = (_judge_role(training, standing, seen) for standing in standings)
    return ModelAccess(
        model.address,
        model.model,
        tuple(reach for reach in callers if not reach.lacks or reach.grantee in told["can_use"]),
        tuple(reach for reach in trainers if not reach.lacks or reach.grantee in told["can_train"]),
        model.reads,
    )


def _find(grant: Grant, standing: Standing) -> str | None:
    """Say how a need is met; one AI function that answers is enough to ask a model."""
    if grant.privilege != AI_FUNCTIONS:
        return standing.find(grant)
    ways = (grant, *(Grant(ACCOUNT, "", f"USE AI FUNCTION {name}") for name in ("AI_COMPLETE", "COMPLETE")))
    return next((how for how in map(standing.find, ways) if how is not None), None)


def _judge_role(needs: tuple[Grant, ...], standing: Standing, seen: Seen) -> Reach:
    fitting = tuple(dict.fromkeys(grant for grant in needs if is_fit(standing.role, grant)))
    found = [(str(grant), _find(grant, standing)) for grant in fitting]
    holders = parse_holders(seen.get(show_grants_of(standing.role)))
    return Reach(
        standing.role,
        tuple((text, how or "directly") for text, how in found if how is not None),
        tuple(text for text, how in found if how is None),
        tuple(dict.fromkeys(str(grant) for grant in needs if grant not in fitting)),
        holders[:SHOWN],
        max(len(holders) - SHOWN, 0),
        standing.is_whole,
    )
