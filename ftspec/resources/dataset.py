"""Datasets: where the rows of a training come from.

An inline dataset hands its query itself to the job; others stand in Snowflake, see `materialized`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.manifest.document import Document
from ftspec.model.address import Address, fold, resolve_object
from ftspec.model.change import Change
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity
from ftspec.model.plan import Step
from ftspec.resources.addressed import file_fingerprint, select_pairs, table_of
from ftspec.resources.base import Export, Exports, Query, Scope, Seen, StandsAs
from ftspec.resources.determinacy import find_undetermined
from ftspec.resources.expectation import read_expectations
from ftspec.resources.marker import source_fingerprint
from ftspec.resources.materialized.actual import Standing, Wanted
from ftspec.resources.materialized.decision import decide_standing
from ftspec.resources.materialized.files import find_file
from ftspec.resources.materialized.reading import NOUN, observe_standing, read_standing, view_of
from ftspec.resources.materialized.steps import standing_steps
from ftspec.resources.query import Training, check_ending, read_condition, read_query
from ftspec.resources.sql import identifier


@dataclass(frozen=True, slots=True)
class Dataset:
    """A declared dataset; `training.text` is its SELECT, `source` what was declared in a canonical form."""

    address: Address
    document: Document
    training: Training
    source: tuple[str, ...]
    wanted: Wanted

    @property
    def depends_on(self) -> tuple[Address, ...]:
        """Say that a dataset needs nothing of this project."""
        return ()

    @property
    def detail(self) -> str:
        """Name the view that is made of it."""
        stands_as = self.wanted.stands_as
        return "" if stands_as is StandsAs.INLINE else f"{stands_as.value} {self.wanted.view}"

    @property
    def links(self) -> tuple[tuple[Address, str], ...]:
        """Say that a dataset is made from nothing of this project."""
        return ()


class DatasetKind:
    """Datasets."""

    name = "Dataset"
    noun = NOUN

    def declare(self, document: Document, scope: Scope, exports: Exports) -> tuple[Dataset | None, Diagnostics]:
        """Check the query, or write the one that a table or a file stands for."""
        del exports
        address = Address(self.noun, document.name)
        if "query" in document.spec:
            dataset, faults = _declare_query(address, document, scope)
        elif "file" in document.spec:
            dataset, faults = _declare_file(address, document, scope)
        else:
            dataset, faults = _declare_table(address, document, scope)
        return dataset, faults if dataset is None else (*faults, *_check_determined(dataset))

    def combine(self, declared: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
        """Leave each dataset by itself."""
        return declared

    def export(self, desired: Dataset) -> Export:
        """Let models see the query, what was declared, and how the rows reach a job."""
        document, wanted = desired.document, desired.wanted
        stands = wanted.stands_as is not StandsAs.INLINE
        creates = {StandsAs.INLINE: (), StandsAs.VIEW: ("VIEW",), StandsAs.SNAPSHOT: ("TABLE", "VIEW")}
        return Export(
            desired.address,
            made=wanted.view if stands else None,
            object_type="VIEW" if stands else "",
            query=desired.training.text,
            source=desired.source,
            reads=desired.training.reads,
            place=wanted.place,
            text_place=document.spans.get("spec/query#text"),
            expectations=read_expectations(document, wanted.place),
            undetermined=find_undetermined(desired.training.text),
            stands_as=wanted.stands_as,
            whole=desired.training.text,
            file=wanted.file,
            creates=creates[wanted.stands_as],
        )

    def read(self, desired: tuple[Dataset, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
        """Ask what stands in Snowflake, and for the rows of what is to be frozen; models profile the others."""
        return read_standing(_wanted(desired), scope, seen)

    def observe(self, desired: tuple[Dataset, ...], scope: Scope, seen: Seen) -> Mapping[Address, Standing]:
        """Parse the answers, by column name."""
        return observe_standing(_wanted(desired), scope, seen)

    def decide(self, address: Address, desired: Dataset | None, actual: Standing, scope: Scope) -> Change:
        """Compare what stands with what should."""
        return decide_standing(address, desired.wanted if desired else None, actual, scope)

    def steps(self, change: Change, desired: Dataset | None, actual: Standing, scope: Scope) -> tuple[Step, ...]:
        """List the steps of a change."""
        return standing_steps(change, desired.wanted if desired else None, actual, scope)


def _wanted(desired: tuple[Dataset, ...]) -> tuple[Wanted, ...]:
    return tuple(dataset.wanted for dataset in desired)


def _build(
    address: Address, document: Document, training: Training, source: tuple[str, ...], scope: Scope
) -> tuple[Dataset | None, Diagnostics]:
    key = source[0]
    stands_as = StandsAs(str(document.spec.get("materialize", StandsAs.INLINE)))
    view = view_of(address, scope)
    if stands_as is not StandsAs.INLINE and view in training.reads:
        message = f"the dataset reads {view}, which is the view that is made of it"
        hint = "rename the dataset, or read another table"
        return None, (Diagnostic("FT252", message, path=f"spec/{key}", hint=hint),)
    place = document.span(f"spec/{key}")
    wanted = Wanted(address, view, stands_as, training.text, source_fingerprint(source), place)
    return Dataset(address, document, training, source, wanted), ()


def _declare_file(address: Address, document: Document, scope: Scope) -> tuple[Dataset | None, Diagnostics]:
    file, faults = find_file(document, scope)
    if file is None or faults:
        return None, faults
    view = view_of(address, scope)
    text = select_pairs(table_of(view, file_fingerprint(file)))
    source = ("file", file.content)
    place = document.span("spec/file")
    wanted = Wanted(address, view, StandsAs.SNAPSHOT, text, source_fingerprint(source), place, file)
    return Dataset(address, document, Training(text, (), ()), source, wanted), ()


def _check_determined(dataset: Dataset) -> Diagnostics:
    """Warn of a query that gives other rows each time: what was planned is then not what trains."""
    found = find_undetermined(dataset.training.text)
    if not found:
        return ()
    message = f"the rows are not determined: {', '.join(found)}"
    hint = "order before a LIMIT, give SAMPLE a SEED, and compare with fixed days"
    return (Diagnostic("FT105", message, Severity.WARNING, path=f"spec/{dataset.source[0]}", hint=hint),)


def _declare_query(address: Address, document: Document, scope: Scope) -> tuple[Dataset | None, Diagnostics]:
    text = str(document.spec["query"])
    ending = check_ending(text.strip(), "spec/query")
    training, found = read_query(text, scope.home, "spec/query")
    faults = found or ending
    if training is None or faults:
        return None, faults
    return _build(address, document, training, ("query", *training.tokens), scope)


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
    return _build(address, document, training, ("table", str(table), prompt, completion, *where), scope)
