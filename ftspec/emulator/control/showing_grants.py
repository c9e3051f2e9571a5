"""SHOW GRANTS and SHOW FUTURE GRANTS.

https://docs.snowflake.com/en/sql-reference/sql/show-grants
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.access import PUBLIC, FutureGrant, Grant, Grantee
from ftspec.emulator.authority import assumable_roles
from ftspec.emulator.catalog import Entry
from ftspec.emulator.names import ACCOUNT, Key, quote
from ftspec.emulator.privileges import OWNERSHIP
from ftspec.emulator.result import SHOW, Cell, Column, Result
from ftspec.emulator.statements import ShowGrants
from ftspec.emulator.turn import Turn

_WHEN = Column("created_on", "timestamp_ltz")


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


_ON = (_WHEN, *_texts("privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option",
                      "granted_by_role_type", "granted_by"))  # fmt: skip
_TO_ROLE = (_WHEN, *_texts("privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option",
                           "granted_by"))  # fmt: skip
_TO_USER = (_WHEN, *_texts("privilege", "granted_on", "name", "role", "granted_to", "grantee_name", "grant_option",
                           "granted_by"))  # fmt: skip
_OF = (_WHEN, *_texts("role", "granted_to", "grantee_name", "granted_by"))
_FUTURE = (_WHEN, *_texts("privilege", "grant_on", "name", "grant_to", "grantee_name", "grant_option"))

Row = tuple[Cell, ...]


def perform_show_grants(turn: Turn, statement: ShowGrants) -> Result:
    """List grants, at most LIMIT of them."""
    columns, rows = _build(turn, statement)
    return Result(columns, tuple(rows if statement.limit is None else rows[: statement.limit]), SHOW)


def _build(turn: Turn, statement: ShowGrants) -> tuple[tuple[Column, ...], list[Row]]:
    match statement.way, statement.kind:
        case "ON", _:
            return _ON, _grants_on(turn, statement)
        case "TO", "USER" | "":
            return _TO_USER, _grants_to_user(turn, statement)
        case "TO", _:
            return _TO_ROLE, _grants_to_role(turn, statement)
        case "OF", _:
            return _OF, _grants_of(turn, statement)
        case _:
            return _FUTURE, _future_grants(turn, statement)


def _grants_on(turn: Turn, statement: ShowGrants) -> list[Row]:
    key = turn.resolve(statement.kind, statement.name, "SHOW GRANTS")
    if statement.kind not in {"ACCOUNT", "ROLE", "USER"}:
        turn.authority.require_entry(key)
    entry = turn.catalog.find(key)
    if entry is None and key != ACCOUNT:
        raise refusals.missing(key.kind, key.shown)
    grants = [*_ownership(entry), *turn.catalog.grants_on(key)]
    return [
        (*_what(turn, grant), *_whom(grant), _truth(on=grant.option), "ROLE" if grant.by else "", grant.by)
        for grant in grants
    ]


def _grants_to_role(turn: Turn, statement: ShowGrants) -> list[Row]:
    key = turn.resolve(statement.kind, statement.name, "SHOW GRANTS")
    if turn.catalog.find(key) is None:
        raise refusals.missing(key.kind, key.shown)
    grants = list(turn.catalog.grants_to(Grantee(key.kind, ".".join(key.parts))))
    if key.kind == "ROLE":
        grants.extend(grant for entry in turn.catalog.list_owned(key.name) for grant in _ownership(entry))
    rows = [(*_what(turn, grant), *_whom(grant), _truth(on=grant.option), grant.by) for grant in grants]
    return sorted(rows, key=lambda row: (str(row[2]), str(row[3]), str(row[1])))


def _grants_to_user(turn: Turn, statement: ShowGrants) -> list[Row]:
    user = statement.name[-1] if statement.name else turn.session.user
    if turn.catalog.find(Key("USER", user)) is None:
        raise refusals.missing("USER", user)
    rows: list[Row] = []
    for grant in turn.catalog.grants_to(Grantee("USER", user)):
        role = grant.on.name if grant.on.kind == "ROLE" else None
        when, privilege, granted_on, name = _what(turn, grant)
        rows.append((when, privilege, granted_on, name, role, *_whom(grant), _truth(on=grant.option), grant.by))
    return rows


def _grants_of(turn: Turn, statement: ShowGrants) -> list[Row]:
    key = turn.resolve(statement.kind, statement.name, "SHOW GRANTS")
    if turn.catalog.find(key) is None:
        raise refusals.missing(key.kind, key.shown)
    return [
        (grant.created, quote(key.name), grant.to.kind, quote(grant.to.name), grant.by)
        for grant in turn.catalog.grants_on(key)
        if grant.privilege == "USAGE"
    ]


def _future_grants(turn: Turn, statement: ShowGrants) -> list[Row]:
    key = turn.resolve(statement.kind, statement.name, "SHOW FUTURE GRANTS")
    entry = turn.catalog.find(key)
    if entry is None or (key.kind != "ROLE" and not turn.authority.sees(entry)):
        raise refusals.missing(key.kind, key.shown)
    if key.kind == "ROLE" and not _may_see_role(turn, key.name):
        raise refusals.insufficient("ROLE", key.name)
    chosen = [grant for grant in turn.catalog.future_grants() if _concerns(grant, key)]
    return [_future_row(grant) for grant in chosen]


def _concerns(grant: FutureGrant, key: Key) -> bool:
    return grant.to.name == key.name if key.kind == "ROLE" else grant.place == key


def _may_see_role(turn: Turn, role: str) -> bool:
    return turn.authority.manages_grants or role == PUBLIC or role in assumable_roles(turn.catalog, turn.session.user)


def _future_row(grant: FutureGrant) -> Row:
    name = f"{grant.place.shown}.<{grant.kind}>"
    return (
        grant.created,
        grant.privilege,
        grant.kind,
        name,
        grant.to.kind,
        quote(grant.to.name),
        _truth(on=grant.option),
    )


def _ownership(entry: Entry | None) -> tuple[Grant, ...]:
    """Give the OWNERSHIP row of an object that a role owns; the owner is shown as its own grantor."""
    if entry is None or entry.owner is None:
        return ()
    owner = entry.owner
    return (Grant(entry.key, OWNERSHIP, Grantee("ROLE", owner), option=True, by=owner, created=entry.created),)


def _what(turn: Turn, grant: Grant) -> tuple[Cell, Cell, Cell, Cell]:
    return grant.created, grant.privilege, grant.on.kind, _shown_name(turn, grant.on)


def _shown_name(turn: Turn, key: Key) -> str:
    if key == ACCOUNT:
        return turn.catalog.read_fact("account_name") or ""
    # A database role is shown by its own name, without its database (seen for SNOWFLAKE's roles).
    return quote(key.name) if key.kind == "DATABASE_ROLE" else key.shown


def _whom(grant: Grant) -> tuple[Cell, Cell]:
    return grant.to.kind, quote(grant.to.name) if grant.to.kind != "DATABASE_ROLE" else grant.to.name


def _truth(*, on: bool) -> str:
    return "true" if on else "false"
