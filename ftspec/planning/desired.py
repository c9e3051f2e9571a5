"""Documents to desired resources: shapes, references and duplicates; every fault of every document at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.manifest.document import Document
from ftspec.manifest.schema import check_schema
from ftspec.model.address import Address
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors, sort_diagnostics
from ftspec.resources import KINDS
from ftspec.resources.base import Desired, Export, Scope
from ftspec.resources.privileges import NOUN as PRIVILEGES
from ftspec.resources.privileges import check_united, take_privileges

Declared = Mapping[str, tuple[Desired, ...]]
"""Desired resources by the noun of their kind."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What the manifests declare, faults included."""

    declared: Declared
    diagnostics: Diagnostics

    def find(self, address: Address) -> Desired | None:
        """Give the desired resource of an address."""
        return next((found for found in self.declared.get(address.kind, ()) if found.address == address), None)

    def documents(self) -> Mapping[Address, Document]:
        """Give the document of each resource."""
        return {entry.address: entry.document for listed in self.declared.values() for entry in listed}


def build_desired(
    documents: tuple[Document, ...], schemas: Mapping[str, Mapping[str, object]], scope: Scope
) -> DesiredState:
    """Declare every document, kind by kind, so that each kind sees what the ones before it export."""
    faults = [fault for document in documents for fault in _check_kind(document, schemas)]
    faults += _check_names(documents)
    exports: dict[Address, Export] = {}
    declared: dict[str, tuple[Desired, ...]] = {}
    faulty: set[str] = set()
    for kind in KINDS:
        found: list[Desired] = []
        for document in _of_kind(documents, kind.name):
            address = Address(kind.noun, document.name)
            shape = check_schema(document, schemas)
            known = not has_errors(shape) and not document.refused
            desired, rules = kind.declare(document, scope, exports) if known else (None, ())
            faults += [document.locate(fault) for fault in (*shape, *rules)]
            found += [] if desired is None else [desired]
            faulty |= {kind.noun} if desired is None else set()
            # A faulty document still counts as declared: a reference to it is not a second fault.
            exports.setdefault(address, Export(address) if desired is None else kind.export(desired))
        declared[kind.noun] = tuple(sorted(kind.combine(tuple(found)), key=lambda entry: entry.address))
    state = DesiredState(declared, ())
    faults += _check_made(exports, state.documents())
    faults += _check_renamed(exports, state.documents())
    if PRIVILEGES not in faulty:
        faults += check_united(take_privileges(declared[PRIVILEGES]), scope)
    return DesiredState(declared, sort_diagnostics(tuple(faults)))


def _of_kind(documents: tuple[Document, ...], name: str) -> tuple[Document, ...]:
    """Give the documents of one kind, each name once; those without a usable name are told of one by one."""
    first: dict[tuple[str, int], Document] = {}
    for index, document in enumerate(documents):
        if document.kind == name:
            first.setdefault((document.name, 0 if document.name else index), document)
    return tuple(first[key] for key in sorted(first))


def _check_kind(document: Document, schemas: Mapping[str, Mapping[str, object]]) -> Diagnostics:
    """Refuse a document whose kind is none that this version has; the schema check finds the words."""
    known = {kind.name for kind in KINDS}
    return () if document.kind in known else tuple(document.locate(fault) for fault in check_schema(document, schemas))


def _check_names(documents: tuple[Document, ...]) -> Diagnostics:
    faults: list[Diagnostic] = []
    first: dict[tuple[str, str], Document] = {}
    for document in documents:
        other = first.setdefault((document.kind, document.name), document)
        if other is not document and document.name:
            place = other.span("metadata/name")
            message = f"there are two documents {document.kind} {document.name!r}; the other one is at {place}"
            fault = Diagnostic("FT020", message, path="metadata/name", hint="rename one of them")
            faults.append(document.locate(fault))
    return tuple(faults)


def _check_made(exports: Mapping[Address, Export], documents: Mapping[Address, Document]) -> Diagnostics:
    """Judge duplicates on the folded, qualified name, over every object that would be made."""
    faults = []
    first: dict[str, Address] = {}
    for address in sorted(exports):
        made = exports[address].made
        if made is None or address not in documents:
            continue
        other = first.setdefault(f"{exports[address].object_type} {made}", address)
        if other != address:
            message = f"{address} and {other} would both be {made} in Snowflake"
            fault = Diagnostic(
                "FT022", message, path="spec/model_name", hint="set another spec.model_name in one of them"
            )
            faults.append(documents[address].locate(fault))
    return tuple(faults)


def _check_renamed(exports: Mapping[Address, Export], documents: Mapping[Address, Document]) -> Diagnostics:
    """Refuse a former name that is still declared, or that two resources claim."""
    faults = []
    claimed: dict[Address, Address] = {}
    for address in sorted(exports.keys() & documents.keys()):
        former = exports[address].renamed_from
        if former is None:
            continue
        other = claimed.setdefault(former, address)
        message = f"{former} is still declared" if former in exports else f"{other} was renamed from {former} too"
        if former in exports or other != address:
            hint = "renamed_from names what a resource was called before: nothing else may have that name"
            fault = Diagnostic("FT024", message, path="spec/renamed_from", hint=hint)
            faults.append(documents[address].locate(fault))
    return tuple(faults)
