"""The SELECT of a COPY INTO: `$1` is a column of the file, or the document of a JSON file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.names import Key
from ftspec.emulator.query.functions import replace_context_functions
from ftspec.emulator.query.parsing import parse_data_statement
from ftspec.emulator.query.rewrites import drop_added_casts, mark_casts, rewrite_for_duckdb
from ftspec.emulator.staging.formats import FileFormat
from ftspec.emulator.staging.reading import STAGED
from ftspec.emulator.staging.staged_rows import Target

if TYPE_CHECKING:
    from ftspec.emulator.duck import DataConnection
    from ftspec.emulator.reading.tokens import Source
    from ftspec.emulator.turn import Turn


@dataclass(frozen=True, slots=True)
class Transformation:
    """A SELECT over the staged rows; `shape` says what is staged, `names` has one entry for each value it gives."""

    select: exp.Select
    shape: Target
    names: tuple[str, ...]

    def write(self, connection: DataConnection, table: str) -> str:
        """Write the SELECT for DuckDB, reading a temporary table."""
        select = self.select.copy()
        mark_casts(select)
        cursor = connection.cursor()
        written = rewrite_for_duckdb(cursor._transform(select, None))  # noqa: SLF001  # as in query.running
        drop_added_casts(written)
        for found in written.find_all(exp.Table):
            found.set("this", exp.to_identifier(table, quoted=True))
        return str(written.sql(dialect="duckdb"))


def prepare_transformation(turn: Turn, query: Source, format_: FileFormat) -> Transformation:
    """Check that a SELECT does no more than Snowflake lets it: one stage, no WHERE, no sorting, no aggregation.

    https://docs.snowflake.com/en/user-guide/data-load-transform
    """
    select = parse_data_statement(query)
    tables = tuple(select.find_all(exp.Table))
    plain = isinstance(select, exp.Select) and len(tables) == 1 and tables[0].name == STAGED
    clauses = ("where", "group", "having", "order", "limit", "distinct", "joins", "laterals", "with_", "qualify")
    if not isinstance(select, exp.Select) or not plain or any(select.args.get(clause) for clause in clauses):
        raise refusals.unsupported("COPY INTO with more than a SELECT of values from one stage")
    replace_context_functions(turn, select)
    highest = max((_name_places(node) for node in tuple(select.find_all(exp.Parameter))), default=1)
    if format_.type == "JSON":
        if highest > 1:
            raise refusals.invalid_identifier(f"${highest}", 1, 0)
        columns: tuple[tuple[str, str], ...] = (("$1", "JSON"),)
    else:
        columns = tuple((f"${at}", "VARCHAR") for at in range(1, highest + 1))
    shape = Target(Key("TABLE", STAGED), columns)
    return Transformation(select, shape, tuple(one.output_name for one in select.expressions))


def _name_places(node: exp.Parameter) -> int:
    """Write `$1` as the column of that name; give its number."""
    text = node.this.name if isinstance(node.this, exp.Expr) else str(node.this)
    if not text.isdigit() or int(text) < 1:
        raise refusals.not_bound(text)
    identifier = exp.to_identifier(f"${text}", quoted=True)
    parent = node.parent
    if isinstance(parent, exp.Column):
        parent.set("this", identifier)
    else:
        node.replace(exp.Column(this=identifier))
    return int(text)
