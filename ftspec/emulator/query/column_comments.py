"""Comments on columns: kept in the record of their table or view, and shown by DESCRIBE.

https://docs.snowflake.com/en/sql-reference/sql/comment
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.query.running import encode_table
from ftspec.emulator.query.tables import fold

if TYPE_CHECKING:
    from ftspec.emulator.catalog import Entry
    from ftspec.emulator.result import EncodedResult
    from ftspec.emulator.turn import Turn

COLUMN_COMMENTS = "COLUMN_COMMENTS"


def take_column_comments(expression: exp.Expr) -> dict[str, str]:
    """Take the comments out of the columns that a definition lists; DuckDB is told nothing of them."""
    found: dict[str, str] = {}
    for node in tuple(expression.find_all(exp.CommentColumnConstraint)):
        column = node.find_ancestor(exp.ColumnDef)
        if column is None:
            raise refusals.unsupported("COMMENT there")
        found[fold(column.this)] = str(node.this.name)
        constraint = node.parent
        if isinstance(constraint, exp.ColumnConstraint):
            constraint.pop()
        else:
            node.pop()
    return found


def read_comments(entry: Entry) -> Mapping[str, str]:
    """Read the comments on the columns of a table or view."""
    kept = entry.extra.get(COLUMN_COMMENTS)
    return {str(name): str(text) for name, text in kept.items()} if isinstance(kept, dict) else {}


def write_comment(turn: Turn, entry: Entry, column: str, comment: str) -> None:
    """Write the comment on one column; an empty one takes it away. Raises SnowflakeError 904 for no such column."""
    if column not in turn.account.duck.read_types(entry.key):
        raise refusals.invalid_identifier(column, 1, 0)
    kept = {name: text for name, text in {**read_comments(entry), column: comment}.items() if text}
    turn.catalog.put(replace(entry, extra={**entry.extra, COLUMN_COMMENTS: kept}))


def rename_column(turn: Turn, entry: Entry, old: str, new: str | None) -> None:
    """Let a comment follow its column, or forget it with the column."""
    kept = dict(read_comments(entry))
    comment = kept.pop(old, None)
    if comment is None:
        return
    if new is not None:
        kept[new] = comment
    turn.catalog.put(replace(entry, extra={**entry.extra, COLUMN_COMMENTS: kept}))


def show_comments(result: EncodedResult, entry: Entry) -> EncodedResult:
    """Write the comments into the rows of DESCRIBE."""
    comments = read_comments(entry)
    if not comments or result.table is None:
        return result
    names = result.table.column("name").to_pylist()
    column = pa.array([comments.get(name) for name in names], type=pa.string())
    table = result.table.set_column(result.table.schema.get_field_index("comment"), "comment", column)
    return encode_table(table, result.rowtype, result.statement_type)
