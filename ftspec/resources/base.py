"""What a kind of resource is, and the values that kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from ftspec.manifest.document import Document
from ftspec.model.address import Address, ObjectName, SchemaName
from ftspec.model.change import Change
from ftspec.model.diagnostics import Diagnostics, Span
from ftspec.model.plan import Step
from ftspec.resources.base_model import BaseModel
from ftspec.resources.expectation import Expectation
from ftspec.resources.rows import RowFile

Row = Mapping[str, object]
"""One row of a result: values by column name. JSON columns hold text, moments are epoch milliseconds."""


@dataclass(frozen=True, slots=True, order=True)
class Query:
    """A statement that only reads."""

    sql: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Snowflake's answer to a read that it refused: its error number, SQLSTATE, message and query id."""

    errno: int
    sqlstate: str
    message: str
    query_id: str | None = None


Answer = tuple[Row, ...] | Refusal
Seen = Mapping[Query, Answer]


@dataclass(frozen=True, slots=True)
class Scope:
    """What every kind may know of the project, of the connection, and of what was asked for.

    `home` is where unqualified names live; `role`, `account` and `user` are those of the connection, empty offline;
    `inference` is the function that asks a model; `journal`: what was tried is written down and read; `makes_tables`:
    whoever applies makes tables in `home`; `base_models` are those that may be trained, None: any; nothing is granted
    to `forbidden_roles`, no model to PUBLIC unless they are empty, and no `forbidden_privileges` are; `schemas` are
    looked into beside those that manifests name; `own_base_models` and `credit_rates` (credits for a million trained
    tokens) are what the project says of base models; `on_account`: the connection is not the embedded Snowflake.

    Asked for are: `retry`, failed trainings again; `replace`, models to be trained whatever is there; `role_change`,
    another role than the journal tells of; `orphans`, the deletion of what lies in schemas that no manifest names;
    `destroys`, the removal of all that is declared; `exact_tokens`, tokens counted instead of estimated; `learns_rate`,
    credit rates from the account's usage history where the project has none.

    `files` are the rows of the project's files. `leaving` are the statements of this plan that drop a model, cancel
    a job or revoke a grant, each with the id of its step: what they named is free, or gone, afterwards. `coming` are
    those that grant something and wait for nothing that is made.
    """

    project: str
    environment: str
    home: SchemaName
    warehouse: str | None = None
    role: str = ""
    account: str = ""
    user: str = ""
    retry: bool = False
    replace: frozenset[str] = frozenset()
    inference: str = "ai_complete"
    journal: bool = False
    role_change: bool = False
    orphans: bool = False
    destroys: bool = False
    makes_tables: bool = False
    base_models: tuple[str, ...] | None = None
    forbidden_roles: tuple[str, ...] | None = None
    forbidden_privileges: tuple[str, ...] = ()
    schemas: tuple[SchemaName, ...] = ()
    own_base_models: tuple[BaseModel, ...] = ()
    credit_rates: tuple[tuple[str, float], ...] = ()
    on_account: bool = False
    exact_tokens: bool = False
    learns_rate: bool = False
    files: tuple[RowFile, ...] = ()
    leaving: tuple[tuple[str, str], ...] = ()
    coming: tuple[tuple[str, str], ...] = ()


class StandsAs(StrEnum):
    """How the rows of a dataset reach a job: `materialize` of its manifest."""

    INLINE = "inline"
    VIEW = "view"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Export:
    """What a resource lets other kinds know of it.

    `made` is the Snowflake object it makes and `object_type` that object's type; `query` is a dataset's SELECT, or a
    side of it, as it can be profiled before anything is made; `source` what was declared, word for word in a canonical
    form, `reads` the tables and views it names; `renamed_from` is the address that it had before, `place` where in its
    file the data is declared, `text_place` where the first character of `query` stands, as far as that is known;
    `expectations` are what its rows must be like, `undetermined` names what leaves the query's result open.
    `stands_as` is how a dataset reaches a job, and `whole` the SELECT of all of it; `file` are the rows of a file;
    `creates` are the kinds of objects that it makes in the project's schema.
    """

    address: Address
    made: ObjectName | None = None
    object_type: str = ""
    query: str = ""
    source: tuple[str, ...] = ()
    reads: tuple[ObjectName, ...] = ()
    renamed_from: Address | None = None
    place: Span | None = None
    text_place: Span | None = None
    expectations: tuple[Expectation, ...] = ()
    undetermined: tuple[str, ...] = ()
    stands_as: StandsAs = StandsAs.INLINE
    whole: str = ""
    file: RowFile | None = None
    creates: tuple[str, ...] = ()


Exports = Mapping[Address, Export]


class Desired(Protocol):
    """What every declared resource has."""

    @property
    def address(self) -> Address:
        """Its address."""

    @property
    def document(self) -> Document:
        """The document that declares it."""

    @property
    def depends_on(self) -> tuple[Address, ...]:
        """The resources that must be there first."""

    @property
    def detail(self) -> str:
        """What it is in Snowflake, for people; empty where it is nothing by itself."""

    @property
    def links(self) -> tuple[tuple[Address, str], ...]:
        """The resources that it is made from or is about, each with a word on how."""


D = TypeVar("D", bound=Desired)
A = TypeVar("A")


class Kind(Protocol[D, A]):
    """A kind of resource: a few pure functions.

    A kind sees all of its resources at once, so that one SHOW serves them all.
    """

    @property
    def name(self) -> str:
        """The `kind` of its documents, which also names its schema."""

    @property
    def noun(self) -> str:
        """Its word in addresses and plans."""

    def declare(self, document: Document, scope: Scope, exports: Exports) -> tuple[D | None, Diagnostics]:
        """Turn a document into the desired resource; faults that no schema can say are diagnostics."""

    def combine(self, declared: tuple[D, ...]) -> tuple[D, ...]:
        """Unite documents that declare one and the same resource."""

    def export(self, desired: D) -> Export:
        """Say what other kinds may know of the resource."""

    def read(self, desired: tuple[D, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
        """Say what else must be read, given what was seen; asked again until empty, at most three rounds."""

    def observe(self, desired: tuple[D, ...], scope: Scope, seen: Seen) -> Mapping[Address, A]:
        """Parse what was seen, by column name; also resources of this project that no document declares."""

    def decide(self, address: Address, desired: D | None, actual: A, scope: Scope) -> Change:
        """Decide what is to be done with one resource; `desired` None: it is declared no more."""

    def steps(self, change: Change, desired: D | None, actual: A, scope: Scope) -> tuple[Step, ...]:
        """List the steps of a change, in order, each with its SQL; `desired` None: it is declared no more."""


def is_absent(answer: Answer | None) -> bool:
    """Tell whether Snowflake said that the object does not exist, or may not be seen (errors 2003 and 2043)."""
    return isinstance(answer, Refusal) and answer.errno in _ABSENT


def rows_of(answer: Answer | None) -> tuple[Row, ...]:
    """Give the rows of an answer; none where it was refused, or not asked for."""
    return () if answer is None or isinstance(answer, Refusal) else answer


_ABSENT = frozenset({2003, 2043})
