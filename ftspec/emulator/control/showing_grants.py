"""SHOW GRANTS and SHOW FUTURE GRANTS.

https://docs.snowflake.com/en/sql-reference/sql/show-grants
"""

from __future__ import annotations

from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.access import PUBLIC, FutureGrant, Grant, Grantee, role_kind
from ftspec.emulator.authority import MANAGED, assumable_roles
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
    if statement.kind not in {"ACCOUNT", "DATABASE_ROLE", "ROLE", "USER"}:
        turn.authority.require_entry(key)
    entry = turn.catalog.find(key)
    if entry is None and key != ACCOUNT:
        raise refusals.missing(key.kind, key.shown)
    # In a managed access schema nobody may give on what he holds (show-grants, usage notes).
    managed = turn.authority.managing_owner(key) is not None
    grants = [*_ownership(entry), *_managing(entry), *turn.catalog.grants_on(key)]
    return [
        (
            *_what(turn, grant),
            *_whom(grant),
            _truth(on=grant.option and not managed),
            role_kind(grant.by) if grant.by else "",
            grant.by,
        )
        for grant in grants
    ]


def _managing(entry: Entry | None) -> tuple[Grant, ...]:
    """Give the MANAGE GRANTS row of a managed access schema's owner (show-grants, usage notes)."""
    if entry is None or not entry.extra.get(MANAGED):
        return ()
    return tuple(replace(grant, privilege="MANAGE GRANTS") for grant in _ownership(entry))


def _grants_to_role(turn: Turn, statement: ShowGrants) -> list[Row]:
    key = turn.resolve(statement.kind, statement.name, "SHOW GRANTS")
    if turn.catalog.find(key) is None:
        raise refusals.missing(key.kind, key.shown)
    name = ".".join(key.parts)
    grants = list(turn.catalog.grants_to(Grantee(key.kind, name)))
    grants.extend(grant for entry in turn.catalog.list_owned(name) for grant in _ownership(entry))
    rows = [
        (*_what(turn, grant), *_whom(grant), _truth(on=grant.option), grant.by)
        for grant in grants
        if _is_listed(turn, grant.on)
    ]
    return sorted(rows, key=lambda row: tuple(str(row[at]) for at in (2, 3, 1, 7)))


def _is_listed(turn: Turn, key: Key) -> bool:
    """Say whether grants on an object are listed; roles, users and the account are no secret.

    "The command only returns objects for which the current user's current role has been granted at least one access
    privilege" (show-grants).
    """
    if key.kind in {"ACCOUNT", "DATABASE_ROLE", "ROLE", "USER"}:
        return True
    entry = turn.catalog.find(key)
    return entry is not None and (entry.owner is None or turn.authority.sees(entry))


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
        (grant.created, quote(key.name), *_whom(grant), grant.by)
        for grant in turn.catalog.grants_on(key)
        if grant.privilege == "USAGE"
    ]


def _future_grants(turn: Turn, statement: ShowGrants) -> list[Row]:
    key = turn.resolve(statement.kind, statement.name, "SHOW FUTURE GRANTS")
    entry = turn.catalog.find(key)
    is_role = key.kind in {"DATABASE_ROLE", "ROLE"}
    if entry is None or not (is_role or turn.authority.sees(entry)):
        raise refusals.missing(key.kind, key.shown)
    if is_role and not _may_see_role(turn, ".".join(key.parts)):
        raise refusals.insufficient(key.kind, key.name)
    chosen = [grant for grant in turn.catalog.future_grants() if _concerns(grant, key)]
    return [_future_row(turn, grant) for grant in chosen]


def _concerns(grant: FutureGrant, key: Key) -> bool:
    if key.kind in {"DATABASE_ROLE", "ROLE"}:
        return grant.to == Grantee(key.kind, ".".join(key.parts))
    return grant.place == key


def _may_see_role(turn: Turn, role: str) -> bool:
    return turn.authority.manages_grants or role == PUBLIC or role in assumable_roles(turn.catalog, turn.session.user)


def _future_row(turn: Turn, grant: FutureGrant) -> Row:
    kind = _shown_kind(turn, grant.kind)
    name = f"{grant.place.shown}.<{kind}>"
    return grant.created, grant.privilege, kind, name, *_whom(grant), _truth(on=grant.option)


def _ownership(entry: Entry | None) -> tuple[Grant, ...]:
    """Give the OWNERSHIP row of an object that a role owns; the owner is shown as its own grantor."""
    if entry is None or entry.owner is None:
        return ()
    owner = entry.owner
    to = Grantee(role_kind(owner), owner)
    return (Grant(entry.key, OWNERSHIP, to, option=True, by=owner, created=entry.created),)


def _what(turn: Turn, grant: Grant) -> tuple[Cell, Cell, Cell, Cell]:
    return grant.created, grant.privilege, _shown_kind(turn, grant.on.kind), _shown_name(turn, grant.on)


def _shown_kind(turn: Turn, kind: str) -> str:
    """Name a kind; a model may be called MODULE, as some accounts do."""
    return "MODULE" if kind == "MODEL" and turn.account.settings.module_for_model else kind


def _shown_name(turn: Turn, key: Key) -> str:
    if key == ACCOUNT:
        return turn.catalog.read_fact("account_name") or ""
    # A database role is shown by its own name, without its database (seen for SNOWFLAKE's roles).
    return quote(key.name) if key.kind == "DATABASE_ROLE" else key.shown


def _whom(grant: Grant | FutureGrant) -> tuple[Cell, Cell]:
    return grant.to.kind, quote(grant.to.name) if grant.to.kind != "DATABASE_ROLE" else grant.to.name


def _truth(*, on: bool) -> str:
    return "true" if on else "false"
