"""What SHOW says of one object: a cell for each documented column that is known here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ftspec.emulator.access import Grantee, role_kind
from ftspec.emulator.authority import MANAGED
from ftspec.emulator.catalog import Entry
from ftspec.emulator.key_pairs import PUBLIC_KEYS
from ftspec.emulator.lifecycle import Lifecycle
from ftspec.emulator.models import read_model
from ftspec.emulator.names import Key, schema_key
from ftspec.emulator.result import Cell
from ftspec.emulator.turn import Turn
from ftspec.emulator.warehouses import WAREHOUSE_SIZES

Cells: TypeAlias = dict[str, Cell]


def _common(entry: Entry) -> Cells:
    owner = entry.owner or ""
    return {
        "created_on": entry.created,
        "name": entry.key.name,
        "database_name": entry.key.database,
        "schema_name": entry.key.schema,
        # A database role that owns something is named without its database, and told by its type.
        "owner": owner.rpartition(".")[2],
        "comment": entry.comment,
        "owner_role_type": role_kind(owner) if owner else "",
    }


def _flag(*, on: bool) -> str:
    return "Y" if on else "N"


def _database(turn: Turn, entry: Entry) -> Cells:
    system = entry.owner is None
    return {
        **_common(entry),
        "is_default": "N",
        "is_current": _flag(on=entry.key.name == turn.place[0]),
        "origin": "SNOWFLAKE.ACCOUNT_USAGE" if system else "",
        "options": "",
        "retention_time": "" if system else "1",
        "kind": "APPLICATION" if system else "STANDARD",
    }


def _schema(turn: Turn, entry: Entry) -> Cells:
    current = schema_key(turn.place[0] or "", turn.place[1] or "")
    return {
        **_common(entry),
        "is_default": "N",
        "is_current": _flag(on=entry.key == current),
        "options": "MANAGED ACCESS" if entry.extra.get(MANAGED) else "",
        "retention_time": "1",
    }


def _table(turn: Turn, entry: Entry) -> Cells:
    flags = ("automatic_clustering", "change_tracking")
    marks = (
        "is_external",
        "enable_schema_evolution",
        "is_event",
        "is_hybrid",
        "is_iceberg",
        "is_dynamic",
        "is_immutable",
    )
    return {
        **_common(entry),
        "kind": str(entry.extra.get("KIND", "TABLE")),
        "cluster_by": "",
        "rows": turn.account.duck.count_rows(entry.key),
        # DuckDB keeps no size of a table.
        "bytes": None,
        "retention_time": "1",
        **dict.fromkeys(flags, "OFF"),
        **dict.fromkeys(marks, "N"),
    }


def _stage(_turn: Turn, entry: Entry) -> Cells:
    temporary = "SESSION" in entry.extra
    return {
        **_common(entry),
        "url": "",
        "has_credentials": "N",
        "has_encryption_key": "N",
        "type": "INTERNAL TEMPORARY" if temporary else "INTERNAL",
        "directory_enabled": "N",
    }


def _view(_turn: Turn, entry: Entry) -> Cells:
    return {
        **_common(entry),
        # SHOW TERSE VIEWS and SHOW OBJECTS say what it is; SHOW VIEWS has no such column.
        "kind": "VIEW",
        "reserved": "",
        "text": str(entry.extra.get("TEXT", "")),
        "is_secure": "true" if entry.extra.get("SECURE") else "false",
        "is_materialized": "false",
        "change_tracking": "OFF",
    }


def build_object(turn: Turn, entry: Entry) -> Cells:
    """Give what SHOW OBJECTS says of a table or view."""
    return _table(turn, entry) if entry.key.kind == "TABLE" else _view(turn, entry)


def _database_role(turn: Turn, entry: Entry) -> Cells:
    name = ".".join(entry.key.parts)
    grants = turn.catalog.grants_on(entry.key)
    held = turn.catalog.grants_to(Grantee("DATABASE_ROLE", name))
    return {
        **_common(entry),
        "is_default": "N",
        "is_current": "N",
        "is_inherited": _flag(on=name in turn.authority.standing.primary),
        "granted_to_roles": _count(grant.to for grant in grants if grant.to.kind == "ROLE"),
        "granted_to_database_roles": _count(grant.to for grant in grants if grant.to.kind == "DATABASE_ROLE"),
        "granted_database_roles": _count(grant.on for grant in held if grant.on.kind == "DATABASE_ROLE"),
    }


def _count(holders: Iterable[object]) -> int:
    """Count who or what it is, not how many grantors gave it."""
    return len(set(holders))


def _role(turn: Turn, entry: Entry) -> Cells:
    name = entry.key.name
    grants = turn.catalog.grants_on(entry.key)
    held = turn.catalog.grants_to(Grantee("ROLE", name))
    return {
        **_common(entry),
        "is_default": _flag(on=_user_property(turn, "DEFAULT_ROLE") == name),
        "is_current": _flag(on=turn.session.role == name),
        "is_inherited": _flag(on=name != turn.session.role and name in turn.authority.standing.primary),
        "assigned_to_users": _count(grant.to for grant in grants if grant.to.kind == "USER"),
        "granted_to_roles": _count(grant.to for grant in grants if grant.to.kind == "ROLE"),
        "granted_roles": _count(grant.on for grant in held if grant.on.kind == "ROLE"),
    }


def _user_property(turn: Turn, name: str) -> Cell:
    entry = turn.catalog.find(Key("USER", turn.session.user))
    return None if entry is None else str(entry.extra.get(name, ""))


def _user(turn: Turn, entry: Entry) -> Cells:
    extra = {name.lower(): str(value) for name, value in entry.extra.items() if name != "PASSWORD_HASH"}
    shown = turn.authority.manages_grants or turn.authority.owns(entry) or entry.key.name == turn.session.user
    common = _common(entry)
    if not shown:
        # Without a privilege on the user, Snowflake shows the name and leaves the rest empty.
        return {"name": common["name"], "created_on": common["created_on"]}
    return {
        "login_name": entry.key.name,
        "display_name": entry.key.name,
        "must_change_password": "false",
        "snowflake_lock": "false",
        "default_secondary_roles": '["ALL"]',
        "ext_authn_duo": "false",
        "has_mfa": "false",
        "has_pat": "false",
        "has_federated_workload_authentication": "false",
        "is_from_organization_user": "false",
        **common,
        **extra,
        "disabled": str(extra.get("disabled", "false")).lower(),
        "has_rsa_public_key": "true" if any(name in entry.extra for name in PUBLIC_KEYS) else "false",
        "has_password": "true" if "PASSWORD_HASH" in entry.extra else "false",
    }


def _warehouse(turn: Turn, entry: Entry) -> Cells:
    suspend = str(entry.extra.get("AUTO_SUSPEND", 600))
    return {
        **_common(entry),
        "state": "STARTED",
        "type": str(entry.extra.get("WAREHOUSE_TYPE", "STANDARD")).upper(),
        "size": WAREHOUSE_SIZES[str(entry.extra.get("WAREHOUSE_SIZE", "XSMALL")).upper()],
        "min_cluster_count": int(str(entry.extra.get("MIN_CLUSTER_COUNT", 1))),
        "max_cluster_count": int(str(entry.extra.get("MAX_CLUSTER_COUNT", 1))),
        "started_clusters": 1,
        "running": 0,
        "queued": 0,
        "is_default": _flag(on=_user_property(turn, "DEFAULT_WAREHOUSE") == entry.key.name),
        "is_current": _flag(on=turn.session.warehouse == entry.key.name),
        "auto_suspend": int(suspend) if suspend.isdigit() else None,
        "auto_resume": str(entry.extra.get("AUTO_RESUME", "true")).lower(),
        "resumed_on": entry.created,
        "updated_on": entry.created,
        "enable_query_acceleration": "false",
        "query_acceleration_max_scale_factor": 8,
        "resource_monitor": "null",
        "scaling_policy": str(entry.extra.get("SCALING_POLICY", "STANDARD")).upper(),
    }


def _model(_turn: Turn, entry: Entry) -> Cells:
    model = read_model(entry)
    return {
        **_common(entry),
        "model_type": str(entry.extra["MODEL_TYPE"]),
        "versions": json.dumps([version.name for version in model.versions]),
        "default_version_name": model.default,
        "aliases": json.dumps(model.aliases()),
    }


def build_version_rows(entry: Entry) -> list[Cells]:
    """Build the rows of SHOW VERSIONS IN MODEL, oldest first.

    `comment` is a column that Snowflake's SDK reads, beside the documented ones.
    """
    model = read_model(entry)
    aliases = model.aliases()
    return [
        {
            **_common(entry),
            "created_on": version.created,
            "name": version.name,
            "comment": version.comment,
            "aliases": json.dumps([alias for alias, name in aliases.items() if name == version.name]),
            "model_name": entry.key.name,
            "is_default_version": "true" if version.name == model.default else "false",
            "functions": json.dumps([]),
            "metadata": version.metadata,
            "user_data": json.dumps({}),
        }
        for version in model.versions
    ]


def build_base_model_rows(lifecycles: Mapping[str, Lifecycle]) -> list[Cells]:
    """Build the rows of SHOW CORTEX BASE MODELS; in which regions a model is available is not known here."""
    return [
        {
            "name": model.name.upper(),
            "model_type": "CORTEX_BASE",
            "database_name": "SNOWFLAKE",
            "schema_name": "MODELS",
            "owner": "SNOWFLAKE",
            "lifecycle_status": model.status,
            "legacy_date": model.legacy_date,
            "eol_date": model.eol_date,
        }
        for model in lifecycles.values()
    ]


def _tag(_turn: Turn, entry: Entry) -> Cells:
    allowed = entry.extra["ALLOWED_VALUES"]
    return {**_common(entry), "allowed_values": json.dumps(allowed) if allowed else None}


ROWS: Mapping[str, Callable[[Turn, Entry], Cells]] = {
    "DATABASES": _database,
    "DATABASE_ROLES": _database_role,
    "MODELS": _model,
    "ROLES": _role,
    "SCHEMAS": _schema,
    "STAGES": _stage,
    "TABLES": _table,
    "TAGS": _tag,
    "USERS": _user,
    "VIEWS": _view,
    "WAREHOUSES": _warehouse,
}
