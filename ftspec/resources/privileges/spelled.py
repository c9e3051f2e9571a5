"""Grants that are spelled out in a manifest: objects and privileges, folded, qualified and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.model.address import fold, qualify, quote, resolve_object, resolve_schema
from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.resources.base import Scope
from ftspec.resources.grant import ACCOUNT, DATABASE_ROLE, FUTURE, Grant, Grantee, comparable, container
from ftspec.resources.privilege_table import has_privilege, name_type, suggest_privilege

_FORM = re.compile(r"[A-Z][A-Z0-9_]*(?: [A-Z][A-Z0-9_]*)*")
_CLAUSES = frozenset({"ON", "TO", "WITH"})
_OBJECTS = ("table", "view", "model", "stage")
_SINGULAR = {"models": "MODEL", "tables": "TABLE", "views": "VIEW"}
_NOT_FOR_DATABASE_ROLES = frozenset({ACCOUNT, "WAREHOUSE"})


@dataclass(frozen=True, slots=True)
class Spelled:
    """One grant of the list, and its place in the document."""

    grant: Grant
    option: bool
    path: str


def read_grants(entries: object, scope: Scope) -> tuple[tuple[Spelled, ...], Diagnostics]:
    """Read the list of grants; every fault of every entry is told."""
    found: list[Spelled] = []
    faults: list[Diagnostic] = []
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        path = f"spec/grants/{index}"
        try:
            object_type, name = read_object(entry, scope)
        except ValueError as error:
            faults.append(Diagnostic("FT015", str(error), path=path))
            continue
        privileges = _privileges(entry)
        unfit = [_check_privilege(object_type, privilege, f"{path}/privilege") for privilege in privileges]
        faults += [fault for fault in unfit if fault]
        if not any(unfit):
            option = entry.get("with_grant_option") is True
            found += [Spelled(Grant(object_type, name, privilege), option, path) for privilege in privileges]
    return tuple(found), (*faults, *_check_options(found))


def read_object(entry: Mapping[str, object], scope: Scope) -> tuple[str, str]:
    """Give the type and the qualified name of what an entry is about; ValueError when a name is none."""
    if "future" in entry:
        return _read_future(entry, scope)
    if "database_role" in entry:
        return DATABASE_ROLE, read_database_role(str(entry["database_role"]), scope)
    if "account" in entry:
        return ACCOUNT, ""
    for key in ("database", "warehouse"):
        if key in entry:
            return key.upper(), quote(fold(str(entry[key])))
    if "schema" in entry:
        return "SCHEMA", str(resolve_schema(str(entry["schema"]), scope.home))
    key = next(key for key in _OBJECTS if key in entry)
    return key.upper(), str(resolve_object(str(entry[key]), scope.home))


def read_database_role(text: str, scope: Scope) -> str:
    """Qualify a database role as a schema is qualified; ValueError when it is no name."""
    name = resolve_schema(text, scope.home)
    return qualify(name.database, name.name)


def _read_future(entry: Mapping[str, object], scope: Scope) -> tuple[str, str]:
    kind = f"{FUTURE}{str(entry['future']).upper()} IN"
    if "in_schema" in entry:
        return f"{kind} SCHEMA", str(resolve_schema(str(entry["in_schema"]), scope.home))
    return f"{kind} DATABASE", quote(fold(str(entry["in_database"])))


def _privileges(entry: Mapping[str, object]) -> tuple[str, ...]:
    if "database_role" in entry:
        return ("USAGE",)
    given = entry["privilege"]
    listed = given if isinstance(given, list | tuple) else [given]
    return tuple(dict.fromkeys(" ".join(str(words).upper().split()) for words in listed))


def _check_privilege(object_type: str, privilege: str, path: str) -> Diagnostic | None:
    """Refuse what is no privilege of that type of object: it goes into SQL as it is."""
    if not _FORM.fullmatch(privilege) or _CLAUSES.intersection(privilege.split()):
        hint = "write one, as USAGE or CREATE MODEL"
        return Diagnostic("FT023", f"{privilege!r} is not a privilege", path=path, hint=hint)
    if privilege in {"ALL", "ALL PRIVILEGES", "OWNERSHIP"}:
        hint = "name each privilege; ownership is given by hand"
        return Diagnostic("FT023", f"{privilege} cannot be declared", path=path, hint=hint)
    kind = _kind_of(object_type)
    if object_type != DATABASE_ROLE and not has_privilege(kind, privilege):
        message = f"{privilege} is not a privilege on {name_type(kind)}"
        return Diagnostic("FT271", message, path=path, hint=suggest_privilege(kind, privilege))
    return None


def _kind_of(object_type: str) -> str:
    if not object_type.startswith(FUTURE):
        return object_type
    return _SINGULAR[object_type.removeprefix(FUTURE).partition(" ")[0].lower()]


def _check_options(found: list[Spelled]) -> Diagnostics:
    """Refuse one grant both with and without the grant option: it would come and go."""
    first: dict[Grant, Spelled] = {}
    faults = []
    for entry in found:
        other = first.setdefault(comparable(entry.grant), entry)
        if other.option != entry.option:
            message = f"{entry.grant} is declared with and without the grant option"
            place = f"{(entry if entry.option else other).path}/with_grant_option"
            faults.append(Diagnostic("FT273", message, path=place, hint="keep one of the two"))
    return tuple(faults)


def is_fit(grantee: Grantee, grant: Grant) -> bool:
    """Tell whether a grantee can hold a grant at all: a database role holds only what lies in its own database.

    Snowflake: GRANT <privileges> … TO ROLE, Database roles.
    """
    if not grantee.of_database:
        return True
    if grant.object_type in _NOT_FOR_DATABASE_ROLES:
        return False
    return container(grant.object_type, grant.name) == grantee.database
