"""Datasets: where the rows of a training come from. An inline dataset hands its query itself to the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.manifest.document import Document
from ftspec.model.address import Address, fold, resolve_object
from ftspec.model.change import Action, Change, State
from ftspec.model.diagnostics import Diagnostic, Diagnostics
from ftspec.model.plan import Step
from ftspec.resources.base import Export, Exports, Query, Scope, Seen
from ftspec.resources.query import Training, check_ending, read_condition, read_query
from ftspec.resources.sql import identifier


@dataclass(frozen=True, slots=True)
class Dataset:
    """A declared dataset; `training.text` is its SELECT, `source` what was declared in a canonical form."""

    address: Address
    document: Document
    training: Training
    source: tuple[str, ...]

    @property
    def depends_on(self) -> tuple[Address, ...]:
        """Say that a dataset needs nothing of this project."""
        return ()


@dataclass(frozen=True, slots=True)
class Inline:
    """The live state of an inline dataset: nothing of it is kept in Snowflake."""


class DatasetKind:
    """Datasets."""

    name = "Dataset"
    noun = "dataset"

    def declare(self, document: Document, scope: Scope, exports: Exports) -> tuple[Dataset | None, Diagnostics]:
        """Check the query, or write the one that a table stands for."""
        del exports
        address = Address(self.noun, document.name)
        if "query" in document.spec:
            return _declare_query(address, document, scope)
        return _declare_table(address, document, scope)

    def combine(self, declared: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
        """Leave each dataset by itself."""
        return declared

    def export(self, desired: Dataset) -> Export:
        """Let models see the query and what was declared."""
        path = "spec/query" if "query" in desired.document.spec else "spec/table"
        return Export(
            desired.address,
            query=desired.training.text,
            source=desired.source,
            reads=desired.training.reads,
            place=desired.document.span(path),
        )

    def read(self, desired: tuple[Dataset, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
        """Read nothing: the models that learn from a dataset profile it."""
        del desired, scope, seen
        return ()

    def observe(self, desired: tuple[Dataset, ...], scope: Scope, seen: Seen) -> Mapping[Address, Inline]:
        """See nothing: an inline dataset leaves nothing behind."""
        del scope, seen
        return {dataset.address: Inline() for dataset in desired}

    def decide(self, address: Address, desired: Dataset | None, actual: Inline, scope: Scope) -> Change:
        """Decide that nothing is to be done."""
        del desired, actual, scope
        return Change(address, Action.NO_OP, State.LIVE, reason="inline: the query goes with the job")

    def steps(self, change: Change, desired: Dataset | None, actual: Inline, scope: Scope) -> tuple[Step, ...]:
        """Give no steps."""
        del change, desired, actual, scope
        return ()


def _declare_query(address: Address, document: Document, scope: Scope) -> tuple[Dataset | None, Diagnostics]:
    text = str(document.spec["query"])
    ending = check_ending(text.strip(), "spec/query")
    training, found = read_query(text, scope.home, "spec/query")
    faults = found or ending
    if training is None or faults:
        return None, faults
    return Dataset(address, document, training, ("query", *training.tokens)), ()


def _declare_table(address: Address, document: Document, scope: Scope) -> tuple[Dataset | None, Diagnostics]:
    spec = document.spec
    faults: list[Diagnostic] = []
    columns = []
    for key in ("prompt", "completion"):
        try:
            columns.append(fold(str(spec.get(key, key))))
        except ValueError as error:
            faults.append(Diagnostic("FT015", str(error), path=f"spec/{key}", hint="name one column of the table"))
    try:
        table = resolve_object(str(spec["table"]), scope.home)
    except ValueError as error:
        return None, (*faults, Diagnostic("FT015", str(error), path="spec/table"))
    where: tuple[str, ...] | None = ()
    if "where" in spec:
        where, found = read_condition(str(spec["where"]), "spec/where")
        faults += found or check_ending(str(spec["where"]).strip(), "spec/where")
    if faults or where is None:
        return None, tuple(faults)
    prompt, completion = columns
    text = f"SELECT {identifier(prompt)} AS PROMPT, {identifier(completion)} AS COMPLETION FROM {table}"
    if "where" in spec:
        text += f" WHERE {str(spec['where']).strip()}"
    training, found = read_query(text, scope.home, "spec/table")
    if training is None:
        return None, found
    return Dataset(address, document, training, ("table", str(table), prompt, completion, *where)), ()
