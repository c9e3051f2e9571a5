"""MERGE as DuckDB's own statement: fakesnow's imitation needs several, which no transaction can hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator.query.rewrites import rewrite_for_duckdb
from ftspec.emulator.result import Column, EncodedResult
from ftspec.emulator.wire import build_column

if TYPE_CHECKING:
    from ftspec.emulator.duck import DataConnection
    from ftspec.emulator.query.running import Batch

_MERGE = 0x3400
# The columns of Snowflake's answer, in its order, for the actions that the statement has (sql-reference/sql/merge).
_ACTIONS = (("INSERT", "inserted"), ("UPDATE", "updated"), ("DELETE", "deleted"))


def run_merge(connection: DataConnection, expression: exp.Merge, batch: Batch) -> EncodedResult:
    """Run a MERGE and count the rows of each action; raises what the engine raises."""
    cursor = connection.cursor()
    counts: Counter[str] = Counter()
    for parameters in batch:
        transformed = cursor._transform(expression.copy(), parameters)  # noqa: SLF001  # as in running.execute
        transformed = rewrite_for_duckdb(_bare_targets(transformed))
        given = parameters if transformed.find(exp.Placeholder) else None
        rows = connection.duck.execute(f"{transformed.sql(dialect='duckdb')} RETURNING merge_action", given).fetchall()
        counts.update(str(row[0]) for row in rows)
    present = find_actions(expression)
    shown = [(name, counts[action]) for action, name in _ACTIONS if action in present]
    columns = tuple(build_column(Column(f"number of rows {name}", "fixed")) for name, _ in shown)
    body: dict[str, object] = {"queryResultFormat": "json", "rowset": [[str(count) for _, count in shown]]}
    return EncodedResult(columns, body, 1, _MERGE)


def _bare_targets(merge: exp.Expr) -> exp.Expr:
    """Take the table's name off the columns that are written: DuckDB wants them bare."""
    for when in merge.find_all(exp.When):
        action = when.args.get("then")
        if isinstance(action, exp.Update):
            written = [assignment.this for assignment in action.expressions]
        elif isinstance(action, exp.Insert) and isinstance(action.this, exp.Tuple):
            written = list(action.this.expressions)
        else:
            continue
        for column in written:
            if isinstance(column, exp.Column):
                column.set("table", None)
    return merge


def find_actions(merge: exp.Expr) -> frozenset[str]:
    """Give the actions that a MERGE may take: INSERT, UPDATE, DELETE."""
    names = {"Insert": "INSERT", "Update": "UPDATE", "Delete": "DELETE", "Var": "DELETE"}
    found = (type(when.args.get("then")).__name__ for when in merge.find_all(exp.When))
    return frozenset(names[name] for name in found if name in names)
