"""Declared privileges: what a role must hold; presets expand to all that training or calling a model takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ftspec.manifest.document import Document
from ftspec.model.address import Address, ObjectName, fold, quote, resolve_object, resolve_schema
from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.resources.base import Export, Exports, Scope
from ftspec.resources.grant import ACCOUNT, CORTEX_USER, DATABASE_ROLE, Grant

NOUN = "privileges"
_PRIVILEGE = re.compile(r"[A-Z][A-Z0-9_]*(?: [A-Z][A-Z0-9_]*)*")
_CLAUSES = frozenset({"ON", "TO", "WITH"})
_OBJECTS = ("table", "view", "model", "stage")


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """A grant that is declared: `origin` says by what, `preset` grants may also be held through another role.

    `reads` marks SELECT on a table or view of which only the name is known; `model` is the resource that makes the
    object, a model or a dataset.
    """

    grant: Grant
    origin: str
    preset: bool
    reads: ObjectName | None = None
    model: Address | None = None


@dataclass(frozen=True, slots=True)
class Privileges:
    """All that the documents for one role declare."""

    address: Address
    document: Document
    role: str
    wanted: tuple[Wanted, ...]
    others: tuple[str, ...] = ()

    @property
    def depends_on(self) -> tuple[Address, ...]:
        """Name the models and datasets that must be there before they can be granted."""
        return tuple(sorted({wanted.model for wanted in self.wanted if wanted.model}))


def declare_privileges(document: Document, scope: Scope, exports: Exports) -> tuple[Privileges | None, Diagnostics]:
    """Expand presets, and fold and qualify the names of what is spelled out."""
    wanted, faults = _expand_presets(document, scope, exports)
    listed, found = _read_grants(document, scope, exports)
    faults += found
    try:
        role = fold(str(document.spec["role"]))
    except ValueError as error:
        return None, (Diagnostic("FT015", str(error), path="spec/role"), *faults)
    if faults:
        return None, faults
    return Privileges(Address(NOUN, document.name), document, role, unite_grants(wanted + listed)), ()


def unite_roles(declared: tuple[Privileges, ...]) -> tuple[Privileges, ...]:
    """Unite the documents for one role under the first of their names."""
    by_role: dict[str, Privileges] = {}
    for entry in sorted(declared, key=lambda entry: entry.address):
        first = by_role.setdefault(entry.role, entry)
        if first is not entry:
            wanted = unite_grants(first.wanted + entry.wanted)
            by_role[entry.role] = replace(first, wanted=wanted, others=(*first.others, entry.address.name))
    return tuple(by_role.values())


def unite_grants(wanted: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
    """Keep one of each grant: the one that is spelled out before a preset's."""
    found: dict[Grant, Wanted] = {}
    for entry in sorted(wanted, key=lambda entry: (entry.preset, entry)):
        found.setdefault(entry.grant, entry)
    return tuple(found[grant] for grant in sorted(found))


def _expand_presets(document: Document, scope: Scope, exports: Exports) -> tuple[tuple[Wanted, ...], Diagnostics]:
    wanted: tuple[Wanted, ...] = ()
    faults: Diagnostics = ()
    for preset in ("can_use", "can_train"):
        for index, name in enumerate(_texts(document.spec.get(preset))):
            model = exports.get(Address("model", name))
            if model is None:
                faults += (_unknown_model(name, f"spec/{preset}/{index}", exports),)
                continue
            grants = _use(model) if preset == "can_use" else _train(model, scope)
            wanted += tuple(replace(entry, origin=f"{preset} {name}") for entry in grants)
            if preset == "can_train" and scope.warehouse is None:
                faults += (_no_warehouse(f"spec/{preset}/{index}"),)
    return wanted, faults


def _use(model: Export) -> tuple[Wanted, ...]:
    """List what calling a model takes (Snowflake: Model privileges; Cortex LLM privileges)."""
    made = model.made
    if made is None:
        return ()
    return (
        _preset(Grant("DATABASE", quote(made.database), "USAGE")),
        _preset(Grant("SCHEMA", str(made.parent), "USAGE")),
        replace(_preset(Grant("MODEL", str(made), "USAGE")), model=model.address),
        _preset(Grant(DATABASE_ROLE, CORTEX_USER, "USAGE")),
    )


def _train(model: Export, scope: Scope) -> tuple[Wanted, ...]:
    """List what training a model takes (Snowflake: Cortex Fine-tuning, Access control requirements)."""
    made = model.made
    if made is None:
        return ()
    creates = {*model.creates, *(("TABLE",) if scope.makes_tables else ())}
    databases = sorted({made.database, *(name.database for name in model.reads)})
    schemas = sorted({made.parent, *(name.parent for name in model.reads)})
    grants = [
        *(Grant("WAREHOUSE", quote(name), "USAGE") for name in [scope.warehouse] if name),
        *(Grant("DATABASE", quote(name), "USAGE") for name in databases),
        *(Grant("SCHEMA", str(name), "USAGE") for name in schemas),
        Grant("SCHEMA", str(made.parent), "CREATE MODEL"),
        Grant(DATABASE_ROLE, CORTEX_USER, "USAGE"),
        *(Grant("SCHEMA", str(scope.home), f"CREATE {kind}") for kind in sorted(creates)),
    ]
    reads = (replace(_preset(Grant("TABLE", str(name), "SELECT")), reads=name) for name in model.reads)
    return (*(_preset(grant) for grant in grants), *reads)


def _preset(grant: Grant) -> Wanted:
    return Wanted(grant, "", preset=True)


def _read_grants(document: Document, scope: Scope, exports: Exports) -> tuple[tuple[Wanted, ...], Diagnostics]:
    wanted: list[Wanted] = []
    faults: list[Diagnostic] = []
    makers = {(export.object_type, str(export.made)): export.address for export in exports.values() if export.made}
    entries = document.spec.get("grants")
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        path = f"spec/grants/{index}"
        try:
            object_type, name = _grant_object(entry, scope)
        except ValueError as error:
            faults.append(Diagnostic("FT015", str(error), path=path))
            continue
        unfit = [_check_privilege(privilege, path) for privilege in _privileges(entry)]
        if any(unfit):
            faults += [found for found in unfit if found]
            continue
        maker = makers.get((object_type, name))
        wanted += [
            Wanted(Grant(object_type, name, privilege), "grants", preset=False, model=maker)
            for privilege in _privileges(entry)
        ]
    return tuple(wanted), tuple(faults)


def _grant_object(entry: Mapping[str, object], scope: Scope) -> tuple[str, str]:
    if "database_role" in entry:
        database, name = _database_role(str(entry["database_role"]), scope)
        return DATABASE_ROLE, f"{quote(database)}.{quote(name)}"
    if "account" in entry:
        return ACCOUNT, ""
    for key in ("database", "warehouse"):
        if key in entry:
            return key.upper(), quote(fold(str(entry[key])))
    if "schema" in entry:
        return "SCHEMA", str(resolve_schema(str(entry["schema"]), scope.home))
    key = next(key for key in _OBJECTS if key in entry)
    return key.upper(), str(resolve_object(str(entry[key]), scope.home))


def _database_role(text: str, scope: Scope) -> tuple[str, str]:
    name = resolve_schema(text, scope.home)
    return name.database, name.name


def _privileges(entry: Mapping[str, object]) -> tuple[str, ...]:
    if "database_role" in entry:
        return ("USAGE",)
    return tuple(" ".join(word.upper().split()) for word in _texts(entry["privilege"]))


def _check_privilege(privilege: str, path: str) -> Diagnostic | None:
    """Refuse what is no privilege by its form, for it goes into SQL as it is, and what one GRANT cannot settle."""
    place = f"{path}/privilege"
    if not _PRIVILEGE.fullmatch(privilege) or _CLAUSES.intersection(privilege.split()):
        return Diagnostic(
            "FT023", f"{privilege!r} is not a privilege", path=place, hint="write one, as USAGE or CREATE MODEL"
        )
    if privilege in {"ALL", "ALL PRIVILEGES", "OWNERSHIP"}:
        hint = "name each privilege; ownership is given by hand"
        return Diagnostic("FT023", f"{privilege} cannot be declared", path=place, hint=hint)
    return None


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(entry) for entry in value) if isinstance(value, list | tuple) else ()


def _unknown_model(name: str, path: str, exports: Exports) -> Diagnostic:
    known = sorted(address.name for address in exports if address.kind == "model")
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"declared are: {', '.join(known) or 'none'}"
    return Diagnostic("FT021", f"there is no FineTunedModel {name!r}", path=path, hint=hint)


def _no_warehouse(path: str) -> Diagnostic:
    return Diagnostic(
        "FT204",
        "can_train grants USAGE on the warehouse, but the environment names none",
        path=path,
        hint="set warehouse in the environment of ftspec.yaml",
    )
