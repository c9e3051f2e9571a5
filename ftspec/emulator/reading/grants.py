"""Readers of GRANT and REVOKE.

https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.privileges import OWNERSHIP, PLURALS
from ftspec.emulator.reading.tokens import Reader
from ftspec.emulator.statements import ChangeGrant, ChangeRoleGrant, GiveOwnership, Target

_KINDS = ("DATABASE", "SCHEMA", "TABLE", "VIEW", "MODEL", "STAGE", "WAREHOUSE", "ROLE", "USER")


def read_grant(reader: Reader, *, revoke: bool) -> ChangeGrant | ChangeRoleGrant | GiveOwnership:
    """Read what follows GRANT, or REVOKE."""
    option = revoke and reader.accept("GRANT", "OPTION", "FOR")
    if reader.accept("DATABASE", "ROLE"):
        return _read_role_grant(reader, "DATABASE_ROLE", revoke=revoke, option=option)
    if reader.peek() == "ROLE" and reader.peek(1) != "ON":
        reader.word()
        return _read_role_grant(reader, "ROLE", revoke=revoke, option=option)
    if reader.accept("APPLICATION", "ROLE"):
        raise refusals.unsupported("APPLICATION ROLE")
    privileges = _read_privileges(reader)
    reader.expect("ON")
    target = _read_target(reader)
    to_kind, to = _read_grantee(reader, revoke=revoke)
    if target.scope == "FUTURE" and to_kind == "USER":
        raise refusals.unsupported("GRANT ON FUTURE TO USER")
    if privileges == (OWNERSHIP,) and not revoke:
        if to_kind == "USER":
            raise refusals.unsupported("GRANT OWNERSHIP TO USER")
        return GiveOwnership(target, to_kind, to, _read_current_grants(reader))
    cascade, option = _read_ending(reader, revoke=revoke, option=option)
    return ChangeGrant(revoke, privileges, target, to_kind, to, option, cascade)


def _read_role_grant(reader: Reader, kind: str, *, revoke: bool, option: bool) -> ChangeRoleGrant:
    role = reader.name()
    reader.expect("FROM" if revoke else "TO")
    # An account role is granted to roles and users, never to a database role (sql-reference/sql/grant-role).
    if kind == "DATABASE_ROLE" and reader.accept("DATABASE", "ROLE"):
        to_kind = "DATABASE_ROLE"
    else:
        to_kind = reader.expect_one("ROLE", "USER")
    to = reader.name()
    cascade, option = _read_ending(reader, revoke=revoke, option=option)
    if option and to_kind == "USER":
        raise refusals.unsupported("GRANT ROLE TO USER WITH GRANT OPTION")
    return ChangeRoleGrant(revoke, kind, role, to_kind, to, option, cascade)


def _read_ending(reader: Reader, *, revoke: bool, option: bool) -> tuple[bool, bool]:
    """Read whether a REVOKE cascades, or whether a GRANT gives its option."""
    if revoke:
        return reader.accept_one("RESTRICT", "CASCADE") == "CASCADE", option
    return False, reader.accept("WITH", "GRANT", "OPTION")


def _read_privileges(reader: Reader) -> tuple[str, ...]:
    if reader.accept("ALL"):
        reader.accept("PRIVILEGES")
        return ("ALL",)
    privileges: list[str] = []
    while not privileges or reader.accept(","):
        words = [reader.word()]
        while reader.peek() not in {"ON", ",", ""}:
            words.append(reader.word())
        privileges.append(" ".join(words))
    return tuple(privileges)


def _read_target(reader: Reader) -> Target:
    if reader.accept("ACCOUNT"):
        return Target("ACCOUNT", ())
    scope = reader.accept_one("ALL", "FUTURE")
    if scope:
        kind = PLURALS.get(reader.peek())
        if kind is None:
            raise refusals.unsupported(f"GRANT ON {scope} {reader.word()}")
        reader.word()
        reader.expect("IN")
        place_kind = reader.expect_one("DATABASE") if kind == "SCHEMA" else reader.expect_one("DATABASE", "SCHEMA")
        return Target(kind, reader.name(), scope, place_kind)
    if reader.accept("DATABASE", "ROLE"):
        return Target("DATABASE_ROLE", reader.name())
    kind_word = reader.accept_one(*_KINDS)
    if not kind_word:
        raise refusals.unsupported(f"GRANT ON {reader.word()}")
    return Target(kind_word, reader.name())


def _read_grantee(reader: Reader, *, revoke: bool) -> tuple[str, tuple[str, ...]]:
    reader.expect("FROM" if revoke else "TO")
    if reader.accept("DATABASE", "ROLE"):
        return "DATABASE_ROLE", reader.name()
    kind = reader.accept_one("ROLE", "USER", "SHARE") or "ROLE"
    if kind == "SHARE":
        raise refusals.unsupported("GRANT TO SHARE")
    return kind, reader.name()


def _read_current_grants(reader: Reader) -> str:
    current = reader.accept_one("COPY", "REVOKE")
    if current:
        reader.expect("CURRENT", "GRANTS")
    return current
