"""CREATE, ALTER and DROP of roles, users, warehouses and models, and comments.

https://docs.snowflake.com/en/sql-reference/sql/create-user
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.access import SYSTEM_ROLES
from ftspec.emulator.catalog import Entry
from ftspec.emulator.key_pairs import PUBLIC_KEYS, read_public_key
from ftspec.emulator.names import Key, quote, role_key
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.statements import AlterUser, CreatePrincipal, DropObject, SetComment
from ftspec.emulator.turn import Turn
from ftspec.emulator.warehouses import WAREHOUSE_SIZES

_ROUNDS = 1000
_USER_PROPERTIES = frozenset(
    {
        "COMMENT", "DEFAULT_NAMESPACE", "DEFAULT_ROLE", "DEFAULT_SECONDARY_ROLES", "DEFAULT_WAREHOUSE", "DISABLED",
        "DISPLAY_NAME", "EMAIL", "FIRST_NAME", "LAST_NAME", "LOGIN_NAME", "MUST_CHANGE_PASSWORD", "PASSWORD",
        "RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2", "TYPE",
    }
)  # fmt: skip
_WAREHOUSE_PROPERTIES = frozenset(
    {
        "AUTO_RESUME", "AUTO_SUSPEND", "COMMENT", "INITIALLY_SUSPENDED", "MAX_CLUSTER_COUNT", "MIN_CLUSTER_COUNT",
        "SCALING_POLICY", "STATEMENT_TIMEOUT_IN_SECONDS", "WAREHOUSE_SIZE", "WAREHOUSE_TYPE",
    }
)  # fmt: skip
_PROPERTIES = {"ROLE": frozenset({"COMMENT"}), "USER": _USER_PROPERTIES, "WAREHOUSE": _WAREHOUSE_PROPERTIES}
_FOLDED = frozenset({"DEFAULT_ROLE", "DEFAULT_WAREHOUSE", "DEFAULT_NAMESPACE", "LOGIN_NAME"})
_TRUTHS = frozenset({"TRUE", "FALSE"})
_NUMBERS = frozenset({"AUTO_SUSPEND", "MAX_CLUSTER_COUNT", "MIN_CLUSTER_COUNT", "STATEMENT_TIMEOUT_IN_SECONDS"})
_VALUES: Mapping[str, Collection[str]] = {
    "AUTO_RESUME": _TRUTHS,
    "AUTO_SUSPEND": ("NULL",),
    "DISABLED": _TRUTHS,
    "INITIALLY_SUSPENDED": _TRUTHS,
    "MUST_CHANGE_PASSWORD": _TRUTHS,
    "SCALING_POLICY": ("STANDARD", "ECONOMY"),
    "TYPE": ("PERSON", "SERVICE", "LEGACY_SERVICE", "NULL"),
    "WAREHOUSE_SIZE": tuple(WAREHOUSE_SIZES),
    "WAREHOUSE_TYPE": ("STANDARD", "SNOWPARK-OPTIMIZED"),
}


def perform_create(turn: Turn, statement: CreatePrincipal) -> Result:
    """Make a role, a user or a warehouse."""
    kind, key = statement.kind, Key(statement.kind, statement.name)
    if kind == "ROLE" and "." in key.name:
        raise refusals.unsupported("a role with a dot in its name")
    turn.authority.require_on_account(f"CREATE {kind}")
    properties = _check_properties(kind, statement.properties)
    known = turn.catalog.find(key)
    if known is not None:
        if statement.if_not_exists:
            return status(f"{quote(key.name)} already exists, statement succeeded.")
        if not statement.replace:
            raise refusals.already_exists(key.shown)
        turn.authority.require_ownership(known)
        turn.catalog.remove(key)
    comment = str(properties.pop("COMMENT", ""))
    turn.register(turn.new_entry(key, comment=comment, extra=properties))
    if kind == "WAREHOUSE":
        turn.session.warehouse = key.name
    return status(f"{kind.capitalize()} {quote(key.name)} successfully created.")


def _check_properties(kind: str, given: tuple[tuple[str, str], ...]) -> dict[str, object]:
    properties: dict[str, object] = {}
    for name, value in given:
        if name not in _PROPERTIES[kind]:
            raise refusals.invalid_parameter(name)
        _check_value(name, value)
        if name == "PASSWORD":
            properties["PASSWORD_HASH"] = hash_password(value)
        elif name in PUBLIC_KEYS:
            properties[name] = _check_public_key(name, value)
        else:
            properties[name] = value.upper() if name in _FOLDED else value
    return properties


def _check_public_key(name: str, value: str) -> str:
    key = read_public_key(value)
    if key is None:
        raise refusals.invalid_value(value, name)
    return key


def _check_value(name: str, value: str) -> None:
    allowed = _VALUES.get(name)
    is_number = name in _NUMBERS and value.isdigit()
    if (name in _NUMBERS or allowed is not None) and not is_number and value.upper() not in (allowed or ()):
        raise refusals.invalid_value(value, name)
    if name == "MUST_CHANGE_PASSWORD" and value.upper() == "TRUE":
        raise refusals.unsupported("MUST_CHANGE_PASSWORD")


def hash_password(password: str, salt: str | None = None) -> str:
    """Hash a password with its salt, as `salt$hash`; the rounds are few, because this guards a test account."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt.encode(), _ROUNDS).hex()}"


def is_password(password: str, hashed: object) -> bool:
    """Say whether a password is the one that was hashed; a user without one cannot log in with any."""
    if not isinstance(hashed, str):
        return False
    return secrets.compare_digest(hash_password(password, hashed.partition("$")[0]), hashed)


def perform_alter_user(turn: Turn, statement: AlterUser) -> Result:
    """Change properties of a user."""
    entry = turn.catalog.find(Key("USER", statement.name))
    if entry is None:
        if statement.if_exists:
            return status(SUCCESS)
        raise refusals.missing("USER", statement.name)
    turn.authority.require_ownership(entry)
    properties = _check_properties("USER", statement.properties)
    for name in statement.unset:
        if name not in _USER_PROPERTIES:
            raise refusals.invalid_parameter(name)
    unset = {"PASSWORD_HASH" if name == "PASSWORD" else name for name in statement.unset}
    comment = str(properties.pop("COMMENT", "" if "COMMENT" in unset else entry.comment))
    kept = {name: value for name, value in entry.extra.items() if name not in unset}
    turn.catalog.put(replace(entry, comment=comment, extra={**kept, **properties}))
    return status(SUCCESS)


def perform_drop(turn: Turn, statement: DropObject) -> Result:
    """Drop a role, a database role, a user, a warehouse, a model or a tag."""
    entry = find_altered(turn, statement.kind, statement.name, if_exists=statement.if_exists)
    if entry is None:
        return status("Drop statement executed successfully "
                      f"({statement.name[-1]} already dropped).")  # fmt: skip
    if entry.key in {role_key(name) for name in SYSTEM_ROLES}:
        raise refusals.insufficient("ROLE", entry.key.name)
    if entry.key.kind in {"DATABASE_ROLE", "ROLE"}:
        _pass_on(turn, ".".join(entry.key.parts))
    turn.catalog.remove(entry.key)
    if entry.key.kind == "WAREHOUSE" and turn.session.warehouse == entry.key.name:
        turn.session.warehouse = None
    return status(f"{quote(entry.key.name)} successfully dropped.")


def _pass_on(turn: Turn, role: str) -> None:
    """Give what a dropped role owned to the role that drops it, as Snowflake documents."""
    for entry in turn.catalog.list_owned(role):
        turn.catalog.put(replace(entry, owner=turn.session.role))


def perform_set_comment(turn: Turn, statement: SetComment) -> Result:
    """Write a comment."""
    entry = find_altered(turn, statement.kind, statement.name, if_exists=statement.if_exists)
    if entry is not None:
        turn.catalog.put(replace(entry, comment=statement.comment))
    return status(SUCCESS)


def find_altered(turn: Turn, kind: str, name: tuple[str, ...], *, if_exists: bool) -> Entry | None:
    """Find an object that the role must own to change; None where it is not there and need not be."""
    key = turn.resolve(kind, name, "ALTER")
    if if_exists and turn.catalog.find(key) is None:
        return None
    entry = turn.authority.require_entry(key)
    turn.authority.require_ownership(entry)
    return entry
