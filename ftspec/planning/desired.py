"""Documents to desired resources: shapes, references and duplicates; every fault of every document at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.manifest.document import Document
from ftspec.manifest.schema import check_schema
from ftspec.model.address import Address
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors, sort_diagnostics
from ftspec.resources import KINDS
from ftspec.resources.base import Desired, Export, Scope

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
    faults = list(_check_kinds(documents))
    exports: dict[Address, Export] = {}
    declared: dict[str, tuple[Desired, ...]] = {}
    for kind in KINDS:
        found: list[Desired] = []
        for document in _of_kind(documents, kind.name):
            address = Address(kind.noun, document.name)
            shape = check_schema(document, schemas)
            desired, rules = (None, ()) if has_errors(shape) else kind.declare(document, scope, exports)
            faults += [document.locate(fault) for fault in (*shape, *rules)]
            found += [] if desired is None else [desired]
            # A faulty document still counts as declared: a reference to it is not a second fault.
            exports.setdefault(address, Export(address) if desired is None else kind.export(desired))
        declared[kind.noun] = tuple(sorted(kind.combine(tuple(found)), key=lambda entry: entry.address))
    state = DesiredState(declared, ())
    faults += _check_made(exports, state.documents())
    return DesiredState(declared, sort_diagnostics(tuple(faults)))


def _of_kind(documents: tuple[Document, ...], name: str) -> tuple[Document, ...]:
    """Give the documents of one kind, each name once."""
    first: dict[str, Document] = {}
    for document in documents:
        if document.kind == name:
            first.setdefault(document.name, document)
    return tuple(first[key] for key in sorted(first))


def _check_kinds(documents: tuple[Document, ...]) -> Diagnostics:
    known = [kind.name for kind in KINDS]
    faults: list[Diagnostic] = []
    first: dict[tuple[str, str], Document] = {}
    for document in documents:
        if document.kind not in known:
            close = difflib.get_close_matches(document.kind, [*known, "Project"], n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are: Project, {', '.join(known)}"
            fault = Diagnostic("FT007", f"{document.kind!r} is not a kind", path="kind", hint=hint)
            faults.append(document.locate(fault))
            continue
        other = first.setdefault((document.kind, document.name), document)
        if other is not document:
            place = other.span("metadata/name")
            message = f"there are two documents {document.kind} {document.name!r}; the other one is at {place}"
            faults.append(
                document.locate(Diagnostic("FT020", message, path="metadata/name", hint="rename one of them"))
            )
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
