"""What is done to a project: by its owners, by others by hand, and by the network and the machine."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

EFFECTS = r"\A(?:SELECT SNOWFLAKE\.CORTEX\.FINETUNE\('(?:CREATE|CANCEL)|ALTER (?!SESSION)|DROP|GRANT|CREATE|INSERT)"
PATTERNS = {"effects": EFFECTS, "all": r"\A(?!/\*)"}
"""Which statements of a run are meant: those that change something, or all; those of the test itself never."""


@dataclass(frozen=True)
class Start:
    """What a sequence begins with: a model that is live and may be called, or nothing; and whether runs take the lock.

    Without the lock, no two runs are at once: that is what it is for.
    """

    is_live: bool
    is_locked: bool


@dataclass(frozen=True)
class Edit:
    """Change a field of the manifests."""

    field: str
    value: object


@dataclass(frozen=True)
class Moment:
    """One statement of a run, of those that PATTERNS knows under a name: the first one after so many."""

    of: str
    skip: int

    @property
    def match(self) -> str:
        """Give the pattern of the statements that are counted."""
        return PATTERNS[self.of]


@dataclass(frozen=True)
class Apply:
    """Apply undisturbed, after breaking a dead run's lock by its id, or waiting for its end."""

    is_breaking: bool = False
    option: str = ""


@dataclass(frozen=True)
class Leave:
    """Apply, and leave the jobs training."""


@dataclass(frozen=True)
class Kill:
    """Apply, and kill it at a statement: `lost` on the way there, `arrived` when it is dead, or `answered` in vain.

    `is_slow`: the jobs that it started still train when the next run comes.
    """

    moment: Moment
    how: str
    is_slow: bool = False


@dataclass(frozen=True)
class Drop:
    """Apply, and lose the connection at statements, before or after they take effect."""

    moment: Moment
    when: str
    times: int


@dataclass(frozen=True)
class Together:
    """Apply twice at once; one after the other where runs do not take the lock."""


@dataclass(frozen=True)
class Doom:
    """Apply, and let a job of it come to nothing while it waits: it `fail`s, or somebody cancels it."""

    how: str


@dataclass(frozen=True)
class LetGo:
    """Let the model go with `ftspec forget`, where no manifest declares it."""


@dataclass(frozen=True)
class EndJob:
    """Let a job that trains fail, be cancelled by hand, or finish."""

    how: str


@dataclass(frozen=True)
class DropModel:
    """Drop a model by hand: the live one first, then the others by name."""

    place: int


@dataclass(frozen=True)
class Overwrite:
    """Overwrite a model's comment by hand."""

    place: int


@dataclass(frozen=True)
class Forget:
    """Let the service forget the jobs that are over."""


@dataclass(frozen=True)
class Revoke:
    """Take a privilege of the consumer's role away."""

    what: str


@dataclass(frozen=True)
class AddRow:
    """Add a row to the training data."""


@dataclass(frozen=True)
class Pass:
    """Let ten minutes pass."""


Action = (
    Edit
    | Apply
    | Leave
    | Kill
    | Drop
    | Together
    | Doom
    | LetGo
    | EndJob
    | DropModel
    | Overwrite
    | Forget
    | Revoke
    | AddRow
    | Pass
)

starts = st.builds(Start, st.booleans(), st.booleans())
RUNS = (Apply, Leave, Kill, Drop, Together, Doom, LetGo)
"""What takes the lock."""

moments = st.builds(Moment, st.just("effects"), st.integers(0, 20)) | st.builds(
    Moment, st.just("all"), st.integers(0, 70)
)
edits = st.one_of(
    st.builds(Edit, st.just("epochs"), st.integers(1, 3)),
    st.builds(Edit, st.just("epochs"), st.integers(1, 3)),
    st.builds(Edit, st.just("comment"), st.sampled_from([None, "Words", "it's"])),
    st.builds(Edit, st.just("keep_previous"), st.integers(0, 1)),
    st.builds(Edit, st.just("retrain_on"), st.sampled_from([("spec",), ("spec", "data"), ()])),
    st.builds(Edit, st.just("is_used"), st.booleans()),
    st.builds(Edit, st.just("is_declared"), st.booleans()),
    st.builds(Edit, st.just("has_second"), st.booleans()),
)
kills = st.builds(Kill, moments, st.sampled_from(["lost", "arrived", "answered"]), st.booleans())
drops = st.builds(Drop, moments, st.sampled_from(["before", "after"]), st.integers(1, 2))
runs = st.one_of(
    st.builds(Apply, st.booleans()),
    kills,
    kills,
    kills,
    drops,
    st.just(Leave()),
    st.just(Together()),
    st.builds(Doom, st.sampled_from(["fail", "cancel"])),
    st.just(Apply(option="--retry")),
    st.just(Apply(option="--replace")),
)
others = st.one_of(
    st.builds(EndJob, st.sampled_from(["fail", "cancel", "finish"])),
    st.builds(DropModel, st.integers(0, 1)),
    st.builds(Overwrite, st.integers(0, 1)),
    st.just(Forget()),
    st.builds(Revoke, st.sampled_from(["model", "schema", "database"])),
    st.just(AddRow()),
    st.just(Pass()),
)
parts = st.one_of(
    runs.map(lambda run: (run,)),
    st.tuples(edits, runs),
    st.tuples(edits, runs),
    st.tuples(st.just(Edit("retrain_on", ("spec", "data"))), st.just(AddRow()), runs),
    st.tuples(st.just(Edit("is_declared", value=False)), st.just(LetGo()), st.just(Edit("is_declared", value=True))),
    others.map(lambda other: (other,)),
)


def sequences(longest: int) -> st.SearchStrategy[tuple[Action, ...]]:
    """Draw sequences; each ends with an apply that nobody disturbs."""
    return st.lists(parts, min_size=1, max_size=longest).map(lambda drawn: tuple(one for part in drawn for one in part))
