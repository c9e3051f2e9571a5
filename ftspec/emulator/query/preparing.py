"""From a parsed query or change to one that can run: rights checked, names completed, session functions replaced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.inferring import StatementCalls
from ftspec.emulator.names import Key
from ftspec.emulator.query.account_document import replace_account_document
from ftspec.emulator.query.account_usage import is_account_usage, replace_account_usage
from ftspec.emulator.query.case_check import check_case
from ftspec.emulator.query.cortex_calls import replace_cortex_calls
from ftspec.emulator.query.functions import move_moments, replace_context_functions
from ftspec.emulator.query.information_schema import narrow_information_schema
from ftspec.emulator.query.merging import find_actions
from ftspec.emulator.query.naming import Names, read_names
from ftspec.emulator.query.reading_rights import require_select
from ftspec.emulator.query.running import command_of
from ftspec.emulator.query.table_functions import replace_table_functions
from ftspec.emulator.query.tables import find_tables, is_information_schema, qualify, table_parts
from ftspec.emulator.query.tag_reading import replace_tag_references
from ftspec.emulator.staging.loads import Loads
from ftspec.emulator.turn import Turn
from ftspec.emulator.warehouses import require_warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ftspec.emulator.query.running import Batch
    from ftspec.emulator.reading.tokens import Source


@dataclass(frozen=True, slots=True)
class Prepared:
    """An expression that may run as it is; `types` and `names` override those of columns by their place."""

    expression: exp.Expr
    source: Source
    batch: Batch = (None,)
    types: Mapping[int, str] = field(default_factory=dict)
    names: Names = ()
    reads: tuple[Key, ...] = ()
    calls: StatementCalls | None = None


def prepare_query(
    turn: Turn, source: Source, expression: exp.Expr, batch: Batch = (None,), *, dry: bool = False
) -> Prepared:
    """Prepare a SELECT; `dry` compiles without calling what has effects (FINETUNE, COMPLETE)."""
    names = read_names(expression, source)
    calls = replace_cortex_calls(turn, expression, batch[0], dry=dry)
    names = tuple(calls.names.get(place, name) if name else name for place, name in enumerate(names))
    replace_table_functions(turn, expression, batch[0])
    replace_context_functions(turn, expression)
    move_moments(turn, expression)
    replace_account_document(expression)
    reads = qualify_reads(turn, expression)
    if reads:
        require_warehouse(turn)
        check_case(expression, source, turn.account.duck.read_columns(reads))
    return Prepared(expression, source, batch, calls.types, names, reads, calls.rows)


def qualify_reads(
    turn: Turn, expression: exp.Expr, target: exp.Table | None = None, command: str = "SELECT"
) -> tuple[Key, ...]:
    """Complete and check every table that is read; `target`, which is written, is left out."""
    reads: list[Key] = []
    replace_tag_references(turn, expression)
    for table in tuple(find_tables(expression)):
        if table is target:
            continue
        if is_account_usage(table):
            replace_account_usage(turn, table)
            continue
        if is_information_schema(table):
            narrow_information_schema(turn, table, command)
            continue
        key = qualify(turn, table, command)
        require_select(turn.authority, key)
        reads.append(key)
    return tuple(reads)


def prepare_change(
    turn: Turn, source: Source, expression: exp.Expr, batch: Batch = (None,), *, dry: bool = False
) -> Prepared:
    """Prepare an INSERT, UPDATE, DELETE, MERGE or TRUNCATE."""
    target = find_target(expression)
    command = command_of(expression)
    key = qualify(turn, target, command)
    turn.authority.require_usage(key.database, key.schema)
    entry = turn.catalog.find(key)
    if entry is None:
        raise refusals.missing("OBJECT", key.shown)
    for privilege in needed_privileges(expression):
        turn.authority.require(entry, (privilege,))
    if key.kind == "VIEW":
        raise refusals.unsupported(f"{command} of a view")
    if isinstance(expression, exp.TruncateTable) and not dry:
        # "Truncating … deletes the load metadata" (sql-reference/sql/truncate-table).
        Loads(turn.catalog).forget(key)
    replace_table_functions(turn, expression, batch[0])
    replace_context_functions(turn, expression)
    move_moments(turn, expression)
    calls = replace_cortex_calls(turn, expression, batch[0], dry=dry)
    qualify_reads(turn, expression, target, command)
    require_warehouse(turn)
    return Prepared(expression, source, batch, calls=calls.rows)


def is_truncating_nothing(turn: Turn, expression: exp.Expr) -> bool:
    """Say whether a TRUNCATE … IF EXISTS names a table that is not there."""
    if not isinstance(expression, exp.TruncateTable) or not expression.args.get("exists"):
        return False
    # DuckDB has no such clause.
    expression.set("exists", None)
    return turn.catalog.find(turn.table_or_view(table_parts(find_target(expression)), "TRUNCATE")) is None


def find_target(expression: exp.Expr) -> exp.Table:
    """Find the table that a change writes."""
    target = expression.this
    if isinstance(expression, exp.TruncateTable) and len(expression.expressions) == 1:
        target = expression.expressions[0]
    if isinstance(target, exp.Schema):
        target = target.this
    if not isinstance(target, exp.Table):
        raise refusals.unsupported(command_of(expression))
    return target


def needed_privileges(expression: exp.Expr) -> tuple[str, ...]:
    """List the privileges that a change takes on its table."""
    match expression:
        case exp.Insert():
            return ("INSERT", "DELETE") if expression.args.get("overwrite") else ("INSERT",)
        case exp.Update():
            return ("UPDATE",)
        case exp.Delete():
            return ("DELETE",)
        case exp.TruncateTable():
            return ("TRUNCATE",)
        case _:
            return _merge_privileges(expression)


def _merge_privileges(expression: exp.Expr) -> tuple[str, ...]:
    found = find_actions(expression)
    return tuple(privilege for privilege in ("INSERT", "UPDATE", "DELETE") if privilege in found)
