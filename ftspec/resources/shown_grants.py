"""Grants as SHOW tells of them: what to ask, and rows to values, with everything that SHOW words its own way undone.

Snowflake: SHOW GRANTS, https://docs.snowflake.com/en/sql-reference/sql/show-grants. Rows are read by column name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ftspec.model.address import ObjectName, qualify, quote, split_name
from ftspec.resources.base import Answer, Query, Row, Seen, rows_of
from ftspec.resources.grant import ACCOUNT, DATABASE_ROLE, FUTURE, OWNERSHIP, Grant, Grantee, Holding, ModelGrant

SHOW_LIMIT = 10_000
"""Rows at which SHOW ends: so many mean that there may be more."""
_REWORDED = {
    "MODULE": "MODEL",
    "DATABASE ROLE": DATABASE_ROLE,
    "MATERIALIZED VIEW": "VIEW",
    **dict.fromkeys(
        ("DYNAMIC TABLE", "EVENT TABLE", "EXTERNAL TABLE", "HYBRID TABLE", "ICEBERG TABLE", "INTERACTIVE TABLE"),
        "TABLE",
    ),
}
"""Words that SHOW has, or had at one time, for what a manifest calls by another name."""
_SCHEMAS = "SHOW SCHEMAS IN DATABASE "
_GRANTS_OF = "SHOW GRANTS OF "
_SNOWFLAKES = frozenset({"CORTEX_USER", "AI_FUNCTIONS_USER", "CORTEX_EMBED_USER", "CORTEX_AGENT_USER", "ML_USER"})
"""Database roles of SNOWFLAKE that are shown without their database."""
_VIEWERS = frozenset(f"{name}_VIEWER" for name in ("GOVERNANCE", "OBJECT", "READER_USAGE", "SECURITY", "USAGE"))
"""Others of SNOWFLAKE (Snowflake: Account Usage, SNOWFLAKE database roles); a database may have its own of the name."""


def show_grants_to(grantee: Grantee) -> Query:
    """Ask for all that a grantee holds itself."""
    return Query(f"SHOW GRANTS TO {grantee.sql}")


def show_grants_on(object_type: str, name: str) -> Query:
    """Ask for all that is granted on one object."""
    return Query(f"SHOW GRANTS ON {object_type.replace('_', ' ')} {name}".strip())


def show_grants_of(grantee: Grantee) -> Query:
    """Ask for all who were granted a role."""
    return Query(f"{_GRANTS_OF}{grantee.sql}")


def show_future_grants(object_type: str, name: str) -> Query:
    """Ask for all that is granted on what is still to come in a schema or database."""
    return Query(f"SHOW FUTURE GRANTS IN {object_type.rpartition(' ')[2]} {name}")


def show_views(database: str, schema: str) -> Query:
    """Ask for the views of a schema: SELECT is granted on a view by another word than on a table."""
    return Query(f"SHOW VIEWS IN SCHEMA {qualify(database, schema)}")


def show_schemas(database: str) -> Query:
    """Ask for the schemas of a database, given as SQL writes it: which of them have managed access."""
    return Query(f"{_SCHEMAS}{database}")


def find_managed(seen: Seen) -> frozenset[str]:
    """Name the schemas with managed access, of those that were asked for."""
    return frozenset(
        qualify(str(row["database_name"]), str(row["name"]))
        for query, answer in seen.items()
        if query.sql.startswith(_SCHEMAS)
        for row in rows_of(answer)
        if "MANAGED ACCESS" in str(row.get("options") or "")
    )


def show_grants_on_model(name: ObjectName) -> Query:
    """Ask for all that is granted on a model."""
    return show_grants_on("MODEL", str(name))


def is_truncated(answer: Answer | None) -> bool:
    """Tell whether an answer may have ended before its end."""
    return isinstance(answer, tuple) and len(answer) >= SHOW_LIMIT


def parse_holdings(answer: Answer | None) -> tuple[Holding, ...]:
    """Read SHOW GRANTS TO; the name of a database role that is shown without its database stays without it."""
    return tuple(_holding(row) for row in rows_of(answer))


def parse_held_on(answer: Answer | None, grantee: Grantee) -> tuple[Holding, ...]:
    """Read, of SHOW GRANTS ON one object, what a grantee holds."""
    return tuple(_holding(row) for row in rows_of(answer) if _is_of(row, grantee, "granted_to"))


def parse_future(answer: Answer | None, grantee: Grantee) -> tuple[Holding, ...]:
    """Read, of SHOW FUTURE GRANTS, what is granted to a grantee on what is still to come."""
    found = []
    for row in rows_of(answer):
        place = _stored_parts(str(row["name"]).rpartition(".<")[0])  # the last part is <MODEL>, <TABLE> …
        if not _is_of(row, grantee, "grant_to"):
            continue
        word = str(row["grant_on"]).replace("_", " ")  # dynamic tables to come are none of the tables to come
        kind = f"{FUTURE}{'MODEL' if word == 'MODULE' else word}S IN {'SCHEMA' if len(place) > 1 else 'DATABASE'}"
        found.append(Holding(Grant(kind, qualify(*place), str(row["privilege"])), _truth(row)))
    return tuple(found)


def parse_model_grants(answer: Answer) -> tuple[ModelGrant, ...]:
    """Read SHOW GRANTS ON MODEL; ownership is left out, for it cannot be given on, and so is what users hold.

    A database role that is shown without its database is of the model's: no other could hold it.
    """
    found = set()
    for row in rows_of(answer):
        grantee_type = str(row["granted_to"]).replace("_", " ")
        if str(row["privilege"]) == OWNERSHIP or grantee_type not in {"ROLE", "DATABASE ROLE"}:
            continue
        parts = _stored_parts(str(row["grantee_name"]))
        if grantee_type == "DATABASE ROLE" and len(parts) == 1:
            parts = (_stored_parts(str(row["name"]))[0], *parts)
        found.add(ModelGrant(grantee_type, qualify(*parts), str(row["privilege"]), _truth(row)))
    return tuple(sorted(found))


def parse_given(answer: Answer | None, grantor: Grantee, privilege: str) -> tuple[str, ...]:
    """Read, of SHOW GRANTS ON one object, who has a privilege from a role."""
    found = set()
    for row in rows_of(answer):
        if row["privilege"] == privilege and _normal(str(row.get("granted_by") or "")) == grantor.name:
            kind = str(row["granted_to"]).replace("_", " ").lower()
            found.add(f"{kind} {_normal(str(row['grantee_name']))}")
    return tuple(sorted(found))


def parse_holders(answer: Answer | None) -> tuple[tuple[str, str], ...]:
    """Read SHOW GRANTS OF: who was granted a role, each as ROLE, DATABASE ROLE or USER and a name as SQL writes it."""
    rows = ((str(row["granted_to"]).replace("_", " "), _normal(str(row["grantee_name"]))) for row in rows_of(answer))
    return tuple(sorted(set(rows)))


def find_database_roles(seen: Seen) -> tuple[Grantee, ...]:
    """List the database roles whose holders were asked for."""
    start = f"{_GRANTS_OF}DATABASE ROLE "
    names = (query.sql.removeprefix(start) for query in seen if query.sql.startswith(start))
    return tuple(Grantee(name, of_database=True) for name in sorted(names))


def parse_inherited(answer: Answer | None) -> tuple[Grantee, ...]:
    """Name the roles and database roles that were granted to a role, and whose privileges it has."""
    found = set()
    for holding in parse_holdings(answer):
        if holding.grant.privilege == "USAGE" and holding.grant.object_type in {"ROLE", DATABASE_ROLE}:
            found.add(Grantee(holding.grant.name, of_database=holding.grant.object_type == DATABASE_ROLE))
    return tuple(sorted(found))


def is_bare(grantee: Grantee) -> bool:
    """Tell whether a database role was shown without its database."""
    return grantee.of_database and len(_stored_parts(grantee.name)) == 1


def name_database_roles(holdings: Iterable[Holding], known: Iterable[str], *, public: bool) -> tuple[Holding, ...]:
    """Give bare database roles their database: that of each role of the same name that is known.

    Else SNOWFLAKE, where the name is one of its roles or PUBLIC has it; others stay as they are.
    """
    names: dict[str, list[str]] = {}
    for name in known:
        names.setdefault(qualify(_stored_parts(name)[-1]), []).append(name)
    found = []
    for holding in holdings:
        bare = holding.grant.name
        if not is_bare(Grantee(bare, of_database=holding.grant.object_type == DATABASE_ROLE)):
            found.append(holding)
            continue
        snowflakes = public or is_snowflakes(bare) or bare in _VIEWERS
        found += [
            replace(holding, grant=replace(holding.grant, name=name))
            for name in names.get(bare) or [f"SNOWFLAKE.{bare}" if snowflakes else bare]
        ]
    return tuple(dict.fromkeys(found))


def is_snowflakes(name: str) -> bool:
    """Tell whether a bare database role is well known as one of Snowflake's own."""
    return name in _SNOWFLAKES


def _holding(row: Row) -> Holding:
    object_type, name = _type(row), str(row["name"])
    if object_type == ACCOUNT:
        name = ""
    elif object_type == "ROLE":
        name = quote(_stored_parts(name)[0])
    else:
        name = _normal(name)
    grantor = str(row.get("granted_by") or "")
    return Holding(
        Grant(object_type, name, str(row["privilege"])),
        option=_truth(row),
        grantor=_normal(grantor) if grantor else "",
        shown=str(row["granted_on"]).replace("_", " "),
    )


def _truth(row: Row) -> bool:
    return str(row.get("grant_option")).lower() == "true"


def _is_of(row: Row, grantee: Grantee, column: str) -> bool:
    """Tell whether a row is of a grantee; a database role may stand without its database."""
    word, name = str(row[column]).replace("_", " "), _normal(str(row["grantee_name"]))
    if not grantee.of_database:
        return word == "ROLE" and name == grantee.name
    bare = qualify(_stored_parts(grantee.name)[-1])
    return name == grantee.name or (word == "DATABASE ROLE" and name == bare)


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
