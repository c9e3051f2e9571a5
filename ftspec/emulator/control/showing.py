"""SHOW of objects, with the columns that Snowflake documents, in its order.

One page a command below https://docs.snowflake.com/en/sql-reference/sql/show
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.showing_rows import ROWS, Cells, build_base_model_rows, build_version_rows
from ftspec.emulator.lifecycle import read_lifecycles
from ftspec.emulator.names import Key
from ftspec.emulator.result import SHOW, Column, Result
from ftspec.emulator.statements import BASE_MODELS, Show
from ftspec.emulator.turn import Turn

ROW_LIMIT = 10_000

_KINDS = {
    "DATABASES": "DATABASE", "MODELS": "MODEL", "ROLES": "ROLE", "SCHEMAS": "SCHEMA", "STAGES": "STAGE",
    "TABLES": "TABLE", "TAGS": "TAG",
    "USERS": "USER", "VERSIONS": "MODEL", "VIEWS": "VIEW", "WAREHOUSES": "WAREHOUSE",
}  # fmt: skip


def perform_show(turn: Turn, statement: Show) -> Result:
    """List objects of one kind: those the role may see, filtered, at most 10,000."""
    columns = _columns(_COLUMNS[statement.plural])
    rows = [cells for cells in _list_rows(turn, statement) if _matches(statement, str(cells["name"]))]
    rows = _limit(statement, rows)
    if statement.terse:
        columns = tuple(column for column in columns if column.name in _TERSE)
    shown = tuple(tuple(cells.get(column.name) for column in columns) for cells in rows)
    return Result(columns, shown, SHOW)


_TERSE = frozenset({"created_on", "name", "kind", "database_name", "schema_name"})


def _list_rows(turn: Turn, statement: Show) -> list[Cells]:
    if statement.plural == "VERSIONS":
        return build_version_rows(_find_model(turn, statement))
    if statement.plural == BASE_MODELS:
        return build_base_model_rows(read_lifecycles(turn.account.settings.folder))
    return [ROWS[statement.plural](turn, entry) for entry in _list_entries(turn, statement)]


def _limit(statement: Show, rows: list[Cells]) -> list[Cells]:
    if statement.after is not None:
        names = [str(cells["name"]) for cells in rows]
        found = [at for at, name in enumerate(names) if name.startswith(statement.after)]
        rows = rows[found[0] + 1 :] if found else []
    return rows[: min(ROW_LIMIT, ROW_LIMIT if statement.limit is None else statement.limit)]


def _matches(statement: Show, name: str) -> bool:
    if statement.starts_with is not None and not name.startswith(statement.starts_with):
        return False
    return statement.like is None or is_like(name, statement.like)


def is_like(text: str, pattern: str) -> bool:
    r"""Match SHOW … LIKE: case-insensitive, `%` and `_` are wildcards, a backslash makes them plain."""
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        match letter:
            case "%":
                parts.append(".*")
            case "_":
                parts.append(".")
            case "\\":
                parts.append(re.escape(next(letters, "\\")))
            case _:
                parts.append(re.escape(letter))
    return re.fullmatch("".join(parts), text, re.IGNORECASE | re.DOTALL) is not None


def _list_entries(turn: Turn, statement: Show) -> tuple[Entry, ...]:
    kind = _KINDS[statement.plural]
    database, schema = _scope(turn, statement, kind)
    found = turn.catalog.list_objects(kind, database, schema)
    if kind in {"ROLE", "USER"}:
        return found
    return tuple(entry for entry in found if turn.authority.sees(entry))


def _scope(turn: Turn, statement: Show, kind: str) -> tuple[str | None, str | None]:
    """Give the database and schema to list; None stands for all of them."""
    database, schema = turn.place
    if kind not in {"SCHEMA", "TABLE", "VIEW", "MODEL", "TAG", "STAGE"} or statement.place_kind == "ACCOUNT":
        return None, None
    if not statement.place_kind and not statement.place:
        return database, None if kind == "SCHEMA" else schema
    place_kind = statement.place_kind or ("DATABASE" if kind == "SCHEMA" or len(statement.place) == 1 else "SCHEMA")
    if not statement.place:
        missing_database = database is None
        if missing_database or (place_kind == "SCHEMA" and schema is None):
            raise refusals.no_current("database" if missing_database else "schema", "SHOW")
        return database, schema if place_kind == "SCHEMA" else None
    key = _require_place(turn, place_kind, statement.place)
    return (key.database, key.name) if key.kind == "SCHEMA" else (key.name, None)


def _require_place(turn: Turn, kind: str, name: tuple[str, ...]) -> Key:
    entry = turn.catalog.find(turn.resolve(kind, name, "SHOW"))
    if entry is None or not turn.authority.sees(entry):
        raise refusals.cannot_be_performed()
    return entry.key


def _find_model(turn: Turn, statement: Show) -> Entry:
    if not statement.place:
        raise refusals.unsupported("SHOW VERSIONS without IN MODEL")
    return turn.authority.require_entry(turn.resolve("MODEL", statement.place, "SHOW VERSIONS"))


def _columns(text: str) -> tuple[Column, ...]:
    """Read columns from `name[:type]` words; without a type a column is text."""
    words = (word.partition(":") for word in text.split())
    return tuple(Column(name, type_ or "text") for name, _, type_ in words)


_COLUMNS: Mapping[str, str] = {
    BASE_MODELS: (
        "created_on:timestamp_ltz name model_type database_name schema_name owner lifecycle_status"
        " in_region_availability legacy_date eol_date cross_region_availability"
    ),
    "DATABASES": (
        "created_on:timestamp_ltz name is_default is_current origin owner comment options retention_time kind"
        " owner_role_type"
    ),
    "MODELS": (
        "created_on:timestamp_ltz name model_type database_name schema_name owner comment versions"
        " default_version_name aliases"
    ),
    "ROLES": (
        "created_on:timestamp_ltz name is_default is_current is_inherited assigned_to_users:fixed"
        " granted_to_roles:fixed granted_roles:fixed owner comment"
    ),
    "SCHEMAS": (
        "created_on:timestamp_ltz name is_default is_current database_name owner comment options retention_time"
        " owner_role_type"
    ),
    "STAGES": (
        "created_on:timestamp_ltz name database_name schema_name url has_credentials has_encryption_key owner comment"
        " region type cloud notification_channel storage_integration endpoint owner_role_type directory_enabled"
    ),
    "TABLES": (
        "created_on:timestamp_ltz name database_name schema_name kind comment cluster_by rows:fixed bytes:fixed owner"
        " retention_time automatic_clustering change_tracking is_external enable_schema_evolution owner_role_type"
        " is_event is_hybrid is_iceberg is_dynamic is_immutable"
    ),
    "TAGS": "created_on:timestamp_ltz name database_name schema_name owner comment allowed_values owner_role_type",
    "USERS": (
        "name created_on:timestamp_ltz login_name display_name first_name last_name email mins_to_unlock"
        " days_to_expiry comment disabled must_change_password snowflake_lock default_warehouse default_namespace"
        " default_role default_secondary_roles ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner"
        " last_success_login:timestamp_ltz expires_at_time:timestamp_ltz locked_until_time:timestamp_ltz has_password"
        " has_rsa_public_key type has_mfa"
    ),
    "VERSIONS": (
        "created_on:timestamp_ltz name aliases database_name schema_name model_name is_default_version functions"
        " metadata user_data comment"
    ),
    "VIEWS": (
        "created_on:timestamp_ltz name reserved database_name schema_name owner comment text is_secure"
        " is_materialized owner_role_type change_tracking"
    ),
    "WAREHOUSES": (
        "name state type size min_cluster_count:fixed max_cluster_count:fixed started_clusters:fixed running:fixed"
        " queued:fixed is_default is_current auto_suspend:fixed auto_resume available provisioning quiescing other"
        " created_on:timestamp_ltz resumed_on:timestamp_ltz updated_on:timestamp_ltz owner comment"
        " enable_query_acceleration query_acceleration_max_scale_factor:fixed resource_monitor scaling_policy"
        " owner_role_type"
    ),
}
