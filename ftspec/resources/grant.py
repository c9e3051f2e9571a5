"""Grants: a privilege on an object, as a value that is compared, never as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ftspec.model.address import ObjectName, qualify, quote, split_name
from ftspec.resources.base import Answer, Query, Refusal, Row

DATABASE_ROLE = "DATABASE_ROLE"
ACCOUNT = "ACCOUNT"
CORTEX_USER = "SNOWFLAKE.CORTEX_USER"
_REWORDED = {"MODULE": "MODEL", "DATABASE ROLE": DATABASE_ROLE}
"""Words that Snowflake has used for an object type at one time or another (Snowflake: SHOW GRANTS)."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One privilege on one object; `name` is qualified as SQL writes it, empty for the account."""

    object_type: str
    name: str
    privilege: str

    def __str__(self) -> str:
        if self.object_type == DATABASE_ROLE:
            return self.name
        target = "account" if self.object_type == ACCOUNT else f"{self.object_type.lower()} {self.name}"
        return f"{self.privilege} on {target}"


@dataclass(frozen=True, slots=True, order=True)
class ModelGrant:
    """A privilege that a role or database role (`grantee_type`) holds on a model; `grantee` as SQL writes it."""

    grantee_type: str
    grantee: str
    privilege: str
    option: bool


def show_grants_on_model(name: ObjectName) -> Query:
    """Ask for all that is granted on a model."""
    return Query(f"SHOW GRANTS ON MODEL {name}")


def parse_model_grants(answer: Answer) -> tuple[ModelGrant, ...]:
    """Read SHOW GRANTS ON MODEL; ownership is left out, for it cannot be given on, and so is what users hold."""
    if isinstance(answer, Refusal):
        return ()
    found = set()
    for row in answer:
        grantee_type = str(row["granted_to"]).replace("_", " ")
        if str(row["privilege"]) == "OWNERSHIP" or grantee_type not in {"ROLE", "DATABASE ROLE"}:
            continue
        option = str(row["grant_option"]).lower() == "true"
        found.add(ModelGrant(grantee_type, _normal(str(row["grantee_name"])), str(row["privilege"]), option))
    return tuple(sorted(found))


def copy_grant(grant: ModelGrant, model: ObjectName) -> str:
    """Write the GRANT of the same privilege on another model."""
    behind = " WITH GRANT OPTION" if grant.option else ""
    return f"GRANT {grant.privilege} ON MODEL {model} TO {grant.grantee_type} {grant.grantee}{behind}"


def show_grants_to(role: str) -> Query:
    """Ask for all that a role holds itself."""
    return Query(f"SHOW GRANTS TO ROLE {quote(role)}")


def show_views(database: str, schema: str) -> Query:
    """Ask for the views of a schema: SELECT is granted on a view by another word than on a table."""
    return Query(f"SHOW VIEWS IN SCHEMA {qualify(database, schema)}")


def parse_grants(answer: Answer) -> frozenset[Grant]:
    """Read SHOW GRANTS TO ROLE, by column name, with Snowflake's rewordings normalised."""
    if isinstance(answer, Refusal):
        return frozenset()
    return frozenset(_parse_row(row) for row in answer)


def inherited_roles(answer: Answer) -> tuple[str, ...]:
    """Name the account roles that were granted to a role, and whose privileges it has."""
    if isinstance(answer, Refusal):
        return ()
    names = (str(row["name"]) for row in answer if _type(row) == "ROLE" and row["privilege"] == "USAGE")
    return tuple(sorted(_stored_parts(name)[0] for name in names))


def covers(held: frozenset[Grant], wanted: Grant) -> bool:
    """Tell whether a set of grants gives a privilege: itself, or as the object's owner."""
    return wanted in held or Grant(wanted.object_type, wanted.name, "OWNERSHIP") in held


def grant_sql(grants: Iterable[Grant], role: str) -> str:
    """Write one GRANT for privileges on one and the same object."""
    listed = sorted(grants)
    first = listed[0]
    if first.object_type == DATABASE_ROLE:
        return f"GRANT DATABASE ROLE {first.name} TO ROLE {quote(role)}"
    privileges = ", ".join(grant.privilege for grant in listed)
    target = ACCOUNT if first.object_type == ACCOUNT else f"{first.object_type} {first.name}"
    return f"GRANT {privileges} ON {target} TO ROLE {quote(role)}"


def _parse_row(row: Row) -> Grant:
    object_type = _type(row)
    name = str(row["name"])
    if object_type == ACCOUNT:
        name = ""
    elif object_type == DATABASE_ROLE:
        # Snowflake's own database roles are shown with and without their database.
        name = _normal(name if "." in name else f"SNOWFLAKE.{name}")
    elif object_type != "ROLE":
        name = _normal(name)
    return Grant(object_type, name, str(row["privilege"]))


def _type(row: Row) -> str:
    word = str(row["granted_on"]).replace("_", " ")
    if word == "ROLE" and len(_stored_parts(str(row["name"]))) > 1:
        return DATABASE_ROLE  # the word for a database role in some accounts; its database gives it away
    return _REWORDED.get(word, word)


def _normal(name: str) -> str:
    """Write a name as this program writes it."""
    return qualify(*_stored_parts(name))


def _stored_parts(name: str) -> tuple[str, ...]:
    """Split a name that SHOW gave: what it does not quote is a stored name already, and is not folded."""
    try:
        return split_name(name) if '"' in name else tuple(name.split("."))
    except ValueError:
        return (name,)


def group_by_object(grants: Iterable[Grant]) -> Mapping[tuple[str, str], tuple[Grant, ...]]:
    """Group grants by the object that they are on, in order."""
    found: dict[tuple[str, str], list[Grant]] = {}
    for grant in sorted(grants):
        found.setdefault((grant.object_type, grant.name), []).append(grant)
    return {key: tuple(listed) for key, listed in found.items()}
