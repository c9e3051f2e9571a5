"""The statements that make, change and drop what a dataset stands as.

Rows are loaded into a table of another name, counted there, and only then is it given its own name and shown by the
view: whoever reads the view sees the old rows or the new ones, wherever a run is cut off.
"""

from __future__ import annotations

from ftspec.model.address import ObjectName, quote
from ftspec.model.change import Action, Change
from ftspec.model.plan import Confirm, Execute, Form, Hazard, LoadFile, Ref, Step
from ftspec.resources import finetune
from ftspec.resources.addressed import loading_of, select_pairs
from ftspec.resources.base import Scope
from ftspec.resources.marker import NONE, Marker, check_marker, count_rows
from ftspec.resources.materialized.actual import VIEW, Goal, Standing, Wanted, find_goal, is_loaded, is_shown
from ftspec.resources.materialized.dropping import find_drops
from ftspec.resources.rows import RowFile
from ftspec.resources.sql import literal

FILE = "file"
"""The output of a LoadFile step under which its statement finds the file that is uploaded."""
_FORMAT = (
    "TYPE = CSV COMPRESSION = GZIP FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE "
    "NULL_IF = () EMPTY_FIELD_AS_NULL = FALSE"
)


def standing_steps(change: Change, wanted: Wanted | None, actual: Standing, scope: Scope) -> tuple[Step, ...]:
    """List the steps of a change: what is wanted is there before anything is dropped."""
    if change.action in {Action.NO_OP, Action.BLOCKED}:
        return ()
    goal = find_goal(wanted, actual)
    made: tuple[Step, ...] = ()
    if wanted is not None and goal is not None:
        made = _make_table(wanted, goal, scope) if not is_loaded(goal, actual) else ()
        made += _show(wanted, goal, scope, _last(made)) if not is_shown(goal, actual) else ()
    return (*made, *_drop(change, goal, actual, scope, _last(made)))


def _last(steps: tuple[Step, ...]) -> tuple[str, ...]:
    return (steps[-1].id,) if steps else ()


def _make_table(wanted: Wanted, goal: Goal, scope: Scope) -> tuple[Step, ...]:
    """Load the rows, count them, and give the table its name."""
    if goal.table is None:
        return ()
    loading = loading_of(goal.table)
    comment = f"COMMENT = {literal(str(_build_marker(wanted, scope, NONE, goal.data)))}"
    if wanted.file is None:
        loads: tuple[Step, ...] = (_freeze(wanted, goal, loading, comment),)
    else:
        loads = _load(wanted, wanted.file, goal, loading, comment)
    confirm = _confirm(wanted, goal, loading, loads[-1].id)
    settle = Execute(
        id=f"settle {wanted.address}",
        address=wanted.address,
        title=f"name the table of these rows {goal.table.name}",
        after=(confirm.id,),
        sql=(f"ALTER TABLE {loading} RENAME TO {goal.table}",),
        once=True,
    )
    return (*loads, confirm, settle)


def _freeze(wanted: Wanted, goal: Goal, loading: ObjectName, comment: str) -> Execute:
    pairs = '"PROMPT"::VARCHAR AS PROMPT, "COMPLETION"::VARCHAR AS COMPLETION'
    return Execute(
        id=f"load {wanted.address}",
        address=wanted.address,
        title=f"freeze {count_rows(goal.data) or 0:,} rows in {loading}",
        sql=(f"CREATE OR REPLACE TABLE {loading} {comment} AS SELECT {pairs} FROM ({wanted.select})",),
    )


def _load(wanted: Wanted, file: RowFile, goal: Goal, loading: ObjectName, comment: str) -> tuple[Step, ...]:
    """Put a file into the table's own stage, and copy it into the table (Snowflake: PUT; COPY INTO <table>)."""
    stage = f"@{quote(loading.database)}.{quote(loading.schema)}.%{quote(loading.name)}"
    begin = Execute(
        id=f"begin {wanted.address}",
        address=wanted.address,
        title=f"make {loading}",
        sql=(f"CREATE OR REPLACE TABLE {loading} (PROMPT VARCHAR, COMPLETION VARCHAR) {comment}",),
    )
    upload_id = f"upload {wanted.address}"
    put = "AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = GZIP OVERWRITE = TRUE"
    upload = LoadFile(
        id=upload_id,
        address=wanted.address,
        title=f"upload {file.source.path}",
        after=(begin.id,),
        path=file.source.path,
        sha256=file.sha256,
        prompt=file.source.prompt,
        completion=file.source.completion,
        sql=("PUT 'file://", Ref(upload_id, FILE, Form.INSIDE_LITERAL), f"' {stage} {put}"),
    )
    load = Execute(
        id=f"load {wanted.address}",
        address=wanted.address,
        title=f"load {count_rows(goal.data) or 0:,} rows into {loading}",
        after=(upload.id,),
        sql=(f"COPY INTO {loading} FROM {stage} FILE_FORMAT = ({_FORMAT}) PURGE = TRUE",),
    )
    return (begin, upload, load)


def _confirm(wanted: Wanted, goal: Goal, loading: ObjectName, after: str) -> Confirm:
    rows, _, total = goal.data.partition(":")[2].partition("-")
    return Confirm(
        id=f"confirm {wanted.address}",
        address=wanted.address,
        title=f"see that {loading} has the rows that were planned",
        after=(after,),
        sql=finetune.count_pairs(select_pairs(loading)).sql,
        expected=(rows, str(int(total, 16))),
        otherwise="its rows are not those that were planned: they have moved meanwhile; plan again",
    )


def _show(wanted: Wanted, goal: Goal, scope: Scope, after: tuple[str, ...]) -> tuple[Step, ...]:
    marker = literal(str(_build_marker(wanted, scope, goal.source, goal.data)))
    select = finetune.wrap_query(wanted.select) if goal.table is None else select_pairs(goal.table)
    title = f"show the rows as {goal.view}" if goal.table is None else f"let {goal.view} show {goal.table.name}"
    return (
        Execute(
            id=f"show {wanted.address}",
            address=wanted.address,
            title=title,
            after=after,
            sql=(f"CREATE OR REPLACE VIEW {goal.view} COPY GRANTS COMMENT = {marker} AS {select}",),
        ),
    )


def _drop(
    change: Change, goal: Goal | None, actual: Standing, scope: Scope, after: tuple[str, ...]
) -> tuple[Step, ...]:
    """Drop what nobody needs: the last copies of a dataset's rows are deleted, others pruned."""
    hazard = Hazard.PRUNES if goal is not None else Hazard.DELETES
    steps: list[Step] = []
    for drop in find_drops(change.address, goal, actual, scope):
        view = tuple(step.id for step in steps if step.id.endswith(f" {VIEW}"))
        steps.append(
            Execute(
                id=f"drop {change.address} {drop.name.name}" + (f" {VIEW}" if drop.kind == VIEW else ""),
                address=change.address,
                title=f"drop {drop.kind.lower()} {drop.name}",
                hazards=(hazard,),
                after=(*after, *drop.after, *view),
                sql=(f"DROP {drop.kind} {drop.name}",),
            )
        )
    return tuple(steps)


def _build_marker(wanted: Wanted, scope: Scope, source: str, data: str) -> Marker:
    marker = Marker(scope.project, scope.environment, wanted.address.name, spec=source, data=data)
    check_marker(marker)
    return marker
