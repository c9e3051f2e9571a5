"""Declared privileges: what a grantee must hold; presets expand to all that training or calling a model takes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ftspec.manifest.document import Document
from ftspec.model.address import Address, ObjectName, fold, quote
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Span
from ftspec.resources.base import Export, Exports, Scope
from ftspec.resources.grant import PUBLIC, Grant, Grantee, comparable
from ftspec.resources.needs import list_read_needs, list_train_needs, list_use_needs
from ftspec.resources.privileges.spelled import is_fit, read_database_role, read_grants, read_object

NOUN = "privileges"
_PRESETS = ("can_use", "can_train")
ALLOW_EVERYBODY = "set limits.forbidden_roles to [] where everybody may call models, and apply with --allow public"
_MADE = frozenset({"MODEL", "TABLE", "VIEW"})
Target = tuple[str, str]
"""An object: its type and its name as SQL writes it."""


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """A grant that is declared: `origin` says by what, `preset` grants may also be held through another role.

    `reads` marks SELECT on a table or view of which only the name is known; `model` is the resource that makes the
    object, a model or a dataset; `option`: it can be given on.
    """

    grant: Grant
    origin: str
    preset: bool
    reads: ObjectName | None = None
    model: Address | None = None
    option: bool = False


Listed = tuple[tuple[Wanted, str], ...]
"""Grants that are spelled out, each with its path in the document."""


@dataclass(frozen=True, slots=True)
class Privileges:
    """All that the documents for one grantee declare.

    `owned` are the objects on which it holds what is declared and nothing else, in authoritative mode; `left_out` is
    what a preset takes and a database role cannot hold; `torn` are grants with and without the grant option; `renamed`
    are the models that will be called otherwise, by the name of their resource before; `places` say where each grant is
    declared; `links` are the models and datasets that the documents name.
    """

    address: Address
    document: Document
    grantee: Grantee
    wanted: tuple[Wanted, ...]
    others: tuple[str, ...] = ()
    owned: tuple[Target, ...] = ()
    left_out: tuple[Wanted, ...] = ()
    torn: tuple[Grant, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    places: tuple[tuple[Grant, Span], ...] = ()
    links: tuple[tuple[Address, str], ...] = ()

    @property
    def depends_on(self) -> tuple[Address, ...]:
        """Name the models and datasets that must be there before they can be granted."""
        return tuple(sorted({wanted.model for wanted in self.wanted if wanted.model}))

    @property
    def detail(self) -> str:
        """Give the role."""
        return str(self.grantee)


def declare_privileges(document: Document, scope: Scope, exports: Exports) -> tuple[Privileges | None, Diagnostics]:
    """Expand presets, and fold and qualify the names of what is spelled out."""
    presets, faults = _expand_presets(document, scope, exports)
    listed, found = _read_listed(document, scope, exports)
    owned, unread = _read_owned(document, scope, exports)
    faults += found + unread
    key = "database_role" if "database_role" in document.spec else "role"
    try:
        grantee = _read_grantee(document, scope)
    except ValueError as error:
        return None, (Diagnostic("FT015", str(error), path=f"spec/{key}"), *faults)
    fitting = tuple(wanted for wanted in presets if is_fit(grantee, wanted.grant))
    wanted = unite_grants(fitting + tuple(entry for entry, _ in listed))
    faults += _check_fit(grantee, presets, listed) + _check_guards(grantee, presets, listed, scope)
    if faults:
        return None, faults
    left_out = unite_grants(tuple(entry for entry in presets if entry not in fitting))
    renamed = tuple(
        (export.renamed_from.name, str(export.made))
        for _, export in sorted(exports.items())
        if export.renamed_from and export.made
    )
    return Privileges(
        Address(NOUN, document.name),
        document,
        grantee,
        wanted,
        owned=owned,
        left_out=left_out,
        renamed=renamed,
        places=_place_grants(document, wanted, listed),
        links=_list_links(document, listed),
    ), ()


def _list_links(document: Document, listed: Listed) -> tuple[tuple[Address, str], ...]:
    """Name the models of presets, and what makes the objects that are spelled out."""
    named = {(Address("model", name), key) for key in _PRESETS for name in _texts(document.spec.get(key))}
    return tuple(sorted(named | {(entry.model, entry.grant.privilege) for entry, _ in listed if entry.model}))


def _place_grants(document: Document, wanted: tuple[Wanted, ...], listed: Listed) -> tuple[tuple[Grant, Span], ...]:
    """Say where each grant is declared: in the list, else where the model of its preset is named."""
    paths = {entry.grant: path for entry, path in reversed(listed)}
    for entry in wanted:
        preset, _, name = entry.origin.partition(" ")
        if entry.preset:
            paths.setdefault(entry.grant, f"spec/{preset}/{_texts(document.spec.get(preset)).index(name)}")
    return tuple((grant, document.span(path)) for grant, path in sorted(paths.items()))


def _read_grantee(document: Document, scope: Scope) -> Grantee:
    if "database_role" in document.spec:
        return Grantee(read_database_role(str(document.spec["database_role"]), scope), of_database=True)
    return Grantee(quote(fold(str(document.spec["role"]))))


def unite_roles(declared: tuple[Privileges, ...]) -> tuple[Privileges, ...]:
    """Unite the documents for one grantee under the first of their names."""
    found: dict[Grantee, Privileges] = {}
    for entry in sorted(declared, key=lambda entry: entry.address):
        first = found.setdefault(entry.grantee, entry)
        if first is not entry:
            found[entry.grantee] = replace(
                first,
                wanted=unite_grants(first.wanted + entry.wanted),
                others=(*first.others, entry.address.name),
                owned=tuple(sorted({*first.owned, *entry.owned})),
                left_out=unite_grants(first.left_out + entry.left_out),
                places=(*first.places, *entry.places),
                links=tuple(sorted({*first.links, *entry.links})),
                torn=tuple(sorted({*first.torn, *_find_torn(first, entry)})),
            )
    return tuple(found.values())


def _find_torn(first: Privileges, second: Privileges) -> set[Grant]:
    options = {comparable(wanted.grant): wanted.option for wanted in first.wanted if not wanted.preset}
    listed = (wanted for wanted in second.wanted if not wanted.preset)
    return {wanted.grant for wanted in listed if options.get(comparable(wanted.grant), wanted.option) != wanted.option}


def unite_grants(wanted: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
    """Keep one of each grant: the one that is spelled out, which knows a view from a table, before a preset's."""
    found: dict[Grant, Wanted] = {}
    for entry in sorted(wanted, key=lambda entry: (entry.preset, entry)):
        found.setdefault(comparable(entry.grant), entry)
    return tuple(sorted(found.values(), key=lambda entry: entry.grant))


def _expand_presets(document: Document, scope: Scope, exports: Exports) -> tuple[tuple[Wanted, ...], Diagnostics]:
    wanted: tuple[Wanted, ...] = ()
    faults: Diagnostics = ()
    for preset in _PRESETS:
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
    if model.made is None:
        return ()
    grants = (_preset(grant) for grant in list_use_needs(model.made))
    return tuple(
        replace(entry, model=model.address) if entry.grant.object_type == "MODEL" else entry for entry in grants
    )


def _train(model: Export, scope: Scope) -> tuple[Wanted, ...]:
    if model.made is None:
        return ()
    grants = tuple(_preset(grant) for grant in list_train_needs(model.made, model.reads, scope, model.creates))
    return grants + tuple(
        replace(_preset(grant), reads=name)
        for name, grant in zip(model.reads, list_read_needs(model.reads), strict=True)
    )


def _preset(grant: Grant) -> Wanted:
    return Wanted(grant, "", preset=True)


def _read_listed(document: Document, scope: Scope, exports: Exports) -> tuple[Listed, Diagnostics]:
    makers = {(export.object_type, str(export.made)): export.address for export in exports.values() if export.made}
    listed, faults = read_grants(document.spec.get("grants"), scope)
    return tuple(
        (
            Wanted(
                entry.grant,
                "grants",
                preset=False,
                model=makers.get((entry.grant.object_type, entry.grant.name)),
                option=entry.option,
            ),
            entry.path,
        )
        for entry in listed
    ), faults


def _read_owned(document: Document, scope: Scope, exports: Exports) -> tuple[tuple[Target, ...], Diagnostics]:
    """List what authoritative mode is about: what the project makes, and what the manifest names beside."""
    if document.spec.get("mode") != "authoritative":
        return (), ()
    made = {
        (export.object_type, str(export.made))
        for export in exports.values()
        if export.made and export.object_type in _MADE
    }
    faults = []
    entries = document.spec.get("authoritative_for")
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        try:
            made.add(read_object(entry, scope))
        except ValueError as error:
            faults.append(Diagnostic("FT015", str(error), path=f"spec/authoritative_for/{index}"))
    return tuple(sorted(made)), tuple(faults)


def _check_fit(grantee: Grantee, presets: tuple[Wanted, ...], listed: Listed) -> Diagnostics:
    """Refuse what a database role cannot hold, where it is spelled out or is the very model of a preset."""
    hint = f"a database role holds only what lies in its database {grantee.database}: grant it to an account role"
    unfit = [(entry.grant, path) for entry, path in listed if not is_fit(grantee, entry.grant)]
    unfit += [
        (entry.grant, "spec/database_role") for entry in presets if entry.model and not is_fit(grantee, entry.grant)
    ]
    return tuple(
        Diagnostic("FT272", f"{grantee} cannot hold {grant}", path=path, hint=hint)
        for grant, path in dict.fromkeys(unfit)
    )


def _check_guards(grantee: Grantee, presets: tuple[Wanted, ...], listed: Listed, scope: Scope) -> Diagnostics:
    """Refuse what the project's limits rule out: unless they say that no role is forbidden, models for everybody."""
    key = "spec/database_role" if grantee.of_database else "spec/role"
    entries = [(entry, key) for entry in presets] + list(listed)
    faults = []
    if grantee.name in (scope.forbidden_roles or ()):
        message = f"{grantee} is one of limits.forbidden_roles, which nothing may be granted to"
        faults.append(Diagnostic("FT268", message, path=key, hint="grant to another role, or change the limits"))
    elif scope.forbidden_roles != () and grantee == Grantee(PUBLIC):
        message = "{} would be granted to PUBLIC, and so to everybody"
        faults += [
            Diagnostic("FT268", message.format(entry.grant), path=path, hint=ALLOW_EVERYBODY)
            for entry, path in entries
            if entry.grant.is_on_models
        ]
    for entry, path in entries:
        if entry.grant.privilege in scope.forbidden_privileges:
            message = f"{entry.grant} is of limits.forbidden_privileges, which may not be granted"
            faults.append(Diagnostic("FT268", message, path=path, hint="remove it, or change the limits"))
    return tuple(dict.fromkeys(faults))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(entry) for entry in value) if isinstance(value, list | tuple) else ()


def _unknown_model(name: str, path: str, exports: Mapping[Address, Export]) -> Diagnostic:
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
