"""CREATE and ALTER of database roles, and managed access of schemas.

https://docs.snowflake.com/en/sql-reference/sql/create-database-role,
https://docs.snowflake.com/en/sql-reference/sql/alter-schema
"""

from __future__ import annotations

from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.access import Grant, Grantee
from ftspec.emulator.authority import MANAGED
from ftspec.emulator.control.principals import find_altered
from ftspec.emulator.names import Key, database_key, quote
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.statements import CreateDatabaseRole, ManageSchema, RenameDatabaseRole
from ftspec.emulator.turn import Turn


def perform_create_database_role(turn: Turn, statement: CreateDatabaseRole) -> Result:
    """Make a database role, which has USAGE on its database from the beginning."""
    key = turn.resolve("DATABASE_ROLE", statement.name, "CREATE DATABASE ROLE")
    turn.authority.require_place(key)
    database = database_key(key.database)
    known = turn.catalog.find(key)
    if known is not None and statement.if_not_exists:
        return status(f"{quote(key.name)} already exists, statement succeeded.")
    if not turn.authority.allows(database, ("CREATE DATABASE ROLE",), primary_only=True):
        raise refusals.insufficient("DATABASE", key.database)
    if known is not None:
        if not statement.replace:
            raise refusals.already_exists(key.shown)
        turn.authority.require_ownership(known)
        turn.catalog.remove(key)
    turn.register(turn.new_entry(key, comment=statement.comment))
    _grant_usage(turn, database, key)
    return status(f"Database role {quote(key.name)} successfully created.")


def _grant_usage(turn: Turn, database: Key, role: Key) -> None:
    entry = turn.catalog.find(database)
    by = entry.owner if entry is not None else None
    to = Grantee("DATABASE_ROLE", ".".join(role.parts))
    turn.catalog.put_grant(Grant(database, "USAGE", to, option=False, by=by or "", created=turn.now))


def perform_rename_database_role(turn: Turn, statement: RenameDatabaseRole) -> Result:
    """Rename a database role within its database; what it owns, holds and gave stays its own."""
    entry = find_altered(turn, "DATABASE_ROLE", statement.name, if_exists=statement.if_exists)
    if entry is None:
        return status(SUCCESS)
    new = turn.resolve("DATABASE_ROLE", statement.new, "ALTER DATABASE ROLE")
    if new.database != entry.key.database:
        raise refusals.unsupported("RENAME of a database role into another database")
    if turn.catalog.find(new) is not None:
        raise refusals.already_exists(new.shown)
    turn.catalog.rename_role(entry.key, new)
    return status(SUCCESS)


def perform_manage_schema(turn: Turn, statement: ManageSchema) -> Result:
    """Switch a schema's managed access on or off."""
    entry = find_altered(turn, "SCHEMA", statement.name, if_exists=statement.if_exists)
    if entry is not None:
        turn.catalog.put(replace(entry, extra={**entry.extra, MANAGED: statement.managed}))
    return status(SUCCESS)
