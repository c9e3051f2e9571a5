"""The plan: an ordered list of steps, as a value that apply needs nothing beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ftspec.model.address import Address, ObjectName, SchemaName
from ftspec.model.change import Change
from ftspec.model.diagnostics import Diagnostics
from ftspec.model.graph import NO_GRAPH, Graph


class Hazard(StrEnum):
    """Why somebody may want to think twice before a step."""

    BILLED = "billed"
    INFERENCE = "inference"
    CANCELS = "cancels"
    PRUNES = "prunes"
    DELETES = "deletes"
    REVOKES = "revokes"
    PUBLIC = "public"


class Form(StrEnum):
    """How a value goes into SQL text: as a name, as a string literal, or inside a literal that stands around it."""

    NAME = "name"
    LITERAL = "literal"
    INSIDE_LITERAL = "inside_literal"


@dataclass(frozen=True, slots=True)
class Ref:
    """A value known only after a step ran, such as a job id; shown as ${job_id}."""

    step: str
    output: str
    form: Form = Form.LITERAL

    def __str__(self) -> str:
        return f"${{{self.output}}}"


SqlText = tuple[str | Ref, ...]


@dataclass(frozen=True, slots=True)
class Training:
    """What a training is of: the resource, the fingerprints of its spec and data, base model, name and query tag.

    `measured_by` is the step whose output `data` takes the place of the fingerprint that was planned with; `tables` are
    the digits of the content-addressed tables that are read, as a marker has them.
    """

    resource: str
    spec: str = ""
    data: str = ""
    base_model: str = ""
    model: str = ""
    tag: str = ""
    measured_by: str = ""
    tables: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBase:
    """What every step has: an id, the change it serves, hazards, the steps it waits for, and a title for people.

    `needs` names other resources whose own steps must be done first; the planner turns them into `after`.
    """

    id: str
    address: Address
    title: str
    hazards: tuple[Hazard, ...] = ()
    after: tuple[str, ...] = ()
    needs: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute(StepBase):
    """One statement. `once`: not idempotent, never sent twice. `outputs` name the columns of its first row.

    `schema` is the current schema that the statement needs, where it needs one; `undo` are statements that put things
    back as they were before this step and those it follows, run when Snowflake refuses it; `training` is what it
    starts, written into the journal before. `carried`: it follows from what an earlier step does, so a
    plan that is made in between does not know of it.
    """

    sql: SqlText
    outputs: tuple[str, ...] = ()
    once: bool = False
    schema: SchemaName | None = None
    undo: tuple[str, ...] = ()
    training: Training | None = None
    carried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(StepBase):
    """Profile training rows once more, directly before they are paid for; gives `data`, `rows` and `tokens`.

    `sql` is the profile; `tokens` of one pass were shown, `epochs` are paid for, a million of them at `credit_rate`;
    `most_rows` is what the base model takes. Rows that have grown too far since end the step.
    """

    sql: str
    tokens: int
    epochs: int
    most_rows: int | None = None
    credit_rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitJob(StepBase):
    """Wait until a training job ends; gives `model`, `training_loss`, `validation_loss` and `trained_tokens`.

    `model` is the name that the job is expected to give its model.
    """

    job: str | Ref
    model: ObjectName
    training: Training | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a trained model, as the manifest states it."""

    name: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(StepBase):
    """Checks that decide whether what follows may go on; a failed gate is not a failed step."""

    checks: tuple[Check, ...]
    model: ObjectName
    on_fail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFile(StepBase):
    """Upload the rows of a file of the repository; `sha256` is of the bytes that were planned.

    `prompt` and `completion` are the file's keys. The statement refers to the file that is made of the rows as the
    output `file` of this very step.
    """

    path: str
    sha256: str
    prompt: str
    completion: str
    sql: SqlText


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(StepBase):
    """Read one row, whose values must be those `expected`; else the step fails, and `otherwise` says why."""

    sql: str
    expected: tuple[str, ...]
    otherwise: str


Step = Execute | Measure | AwaitJob | Gate | LoadFile | Confirm


@dataclass(frozen=True, slots=True)
class Plan:
    """What apply does, step by step, sorted topologically.

    `digest` is of all that the decisions read; `graph` joins the resources, for readers.
    """

    project: str
    environment: str
    account: str
    role: str
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    diagnostics: Diagnostics = ()
    digest: str = ""
    graph: Graph = NO_GRAPH


@dataclass(frozen=True, slots=True)
class Done:
    """A step that did what it says; `outputs` by name."""

    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A step that may not be done, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A step that Snowflake refused, or of which nobody knows whether it ran (`unknown`)."""

    error: str
    query_id: str | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that was not tried, because another one did not succeed, or because its job still trains (`waits`)."""

    because: str
    waits: bool = False


Outcome = Done | Blocked | Failed | Skipped


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step begins."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepProgressed:
    """A step goes on: Snowflake's word for its status, or ours, the `fraction` done (0 to 1), seconds since it began.

    `fraction` is None where nobody knows it; `loss` is the training loss, where the service tells it.
    """

    step: Step
    status: str
    fraction: float | None
    elapsed: float
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended; `elapsed` seconds after it began."""

    step: Step
    outcome: Outcome
    elapsed: float


Event = StepStarted | StepProgressed | StepFinished
