"""DROP and ALTER of databases, schemas, tables and views, and DESCRIBE of tables."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.names import Key, quote
from ftspec.emulator.query.column_comments import rename_column, show_comments, take_column_comments, write_comment
from ftspec.emulator.query.running import run_expression
from ftspec.emulator.query.tables import fold, qualify, set_name, table_parts
from ftspec.emulator.result import DESCRIBE, SUCCESS, EncodedResult, Result, status
from ftspec.emulator.turn import Turn

_FEWEST_PARTS = 2
_ACTIONS = (exp.ColumnDef, exp.Drop, exp.RenameColumn, exp.AlterColumn, exp.AlterRename)


def perform_drop(turn: Turn, expression: exp.Drop) -> Result:
    """Drop a database, schema, table or view, with everything in it."""
    kind = str(expression.args.get("kind")).upper()
    tables = expression.args.get("tables") or [expression.this]
    if kind not in {"DATABASE", "SCHEMA", "TABLE", "VIEW"} or len(tables) != 1 or expression.args.get("restrict"):
        raise refusals.unsupported(f"DROP {kind}")
    entry = _find_owned(turn, kind, table_parts(tables[0]), if_exists=bool(expression.args.get("exists")))
    if entry is None:
        name = table_parts(tables[0])[-1]
        return status(f"Drop statement executed successfully ({name} already dropped).")
    if entry.owner is None:
        raise refusals.insufficient(kind, entry.key.name)
    _drop_in_duckdb(turn, entry.key, expression, tables[0])
    turn.catalog.remove(entry.key)
    return status(f"{quote(entry.key.name)} successfully dropped.")


def _find_owned(turn: Turn, kind: str, parts: tuple[str, ...], *, if_exists: bool) -> Entry | None:
    key = turn.resolve(kind, parts, f"DROP {kind}")
    if if_exists and turn.catalog.find(key) is None:
        return None
    entry = turn.authority.require_entry(key)
    turn.authority.require_ownership(entry)
    return entry


def _drop_in_duckdb(turn: Turn, key: Key, expression: exp.Drop, table: exp.Table) -> None:
    match key.kind:
        case "DATABASE":
            turn.account.leave_place(key)
            turn.account.duck.drop_database(key.name)
        case "SCHEMA":
            turn.account.leave_place(key)
            turn.account.duck.drop_schema(key.database, key.name)
        case _:
            set_name(table, key)
            run_expression(turn.session.data, expression)


def perform_alter(turn: Turn, expression: exp.Alter) -> Result:
    """Alter a table's columns or name, or a view's name."""
    kind = str(expression.args.get("kind")).upper()
    actions = expression.args.get("actions") or []
    if kind not in {"TABLE", "VIEW"} or not actions or not all(isinstance(action, _ACTIONS) for action in actions):
        raise refusals.unsupported(f"ALTER {kind} {' '.join(type(action).__name__ for action in actions)}".strip())
    added = take_column_comments(expression)
    table = expression.this
    entry = _find_owned(turn, kind, table_parts(table), if_exists=bool(expression.args.get("exists")))
    if entry is None:
        return status(SUCCESS)
    commented = [action for action in actions if isinstance(action, exp.AlterColumn) and action.args.get("comment")]
    if commented:
        if len(commented) != len(actions):
            raise refusals.unsupported("COMMENT beside other changes of columns")
        for action in commented:
            _comment_on(turn, entry.key, fold(action.this), str(action.args["comment"].name))
        return status(SUCCESS)
    set_name(table, entry.key)
    new = _rename(turn, entry.key, actions)
    run_expression(turn.session.data, expression)
    for column, text in added.items():
        _comment_on(turn, entry.key, column, text)
    _keep_comments(turn, entry, actions)
    if new is not None:
        turn.catalog.rename(entry.key, new)
    return status(SUCCESS)


def _comment_on(turn: Turn, key: Key, column: str, text: str) -> None:
    entry = turn.catalog.find(key)
    if entry is not None:
        write_comment(turn, entry, column, text)


def _keep_comments(turn: Turn, entry: Entry, actions: list[exp.Expr]) -> None:
    for action in actions:
        if isinstance(action, exp.RenameColumn):
            rename_column(turn, entry, fold(action.this.this), fold(action.args["to"].this))
        elif isinstance(action, exp.Drop):
            for dropped in action.args.get("tables") or [action.this]:
                rename_column(turn, entry, fold(dropped.this), None)


def perform_column_comment(turn: Turn, expression: exp.Comment) -> Result:
    """Perform COMMENT ON COLUMN table.column: the owner's."""
    parts = tuple(fold(part) for part in expression.this.parts)
    if len(parts) < _FEWEST_PARTS:
        raise refusals.unsupported("COMMENT ON COLUMN without the name of its table")
    key = turn.table_or_view(parts[:-1], "COMMENT")
    entry = turn.authority.require_entry(key)
    turn.authority.require_ownership(entry)
    write_comment(turn, entry, parts[-1], str(expression.expression.name))
    return status(SUCCESS)


def _rename(turn: Turn, key: Key, actions: list[exp.Expr]) -> Key | None:
    """Prepare RENAME TO: DuckDB takes a bare name, within the schema."""
    for action in actions:
        if not isinstance(action, exp.AlterRename):
            continue
        new = turn.resolve(key.kind, table_parts(action.this), "ALTER")
        if (new.database, new.schema) != (key.database, key.schema):
            raise refusals.unsupported("RENAME into another schema")
        if turn.catalog.find(new.as_kind("TABLE")) or turn.catalog.find(new.as_kind("VIEW")):
            raise refusals.already_exists(new.shown)
        action.set("this", exp.Table(this=exp.to_identifier(new.name, quoted=True)))
        return new
    return None


def perform_describe(turn: Turn, expression: exp.Describe) -> EncodedResult:
    """Describe a table's or view's columns; any privilege on it is enough."""
    table = expression.this
    kind = str(expression.args.get("kind") or "TABLE").upper()
    if not isinstance(table, exp.Table) or kind not in {"TABLE", "VIEW"}:
        raise refusals.unsupported(f"DESCRIBE {kind}")
    key = qualify(turn, table, "DESCRIBE")
    turn.authority.require_usage(key.database, key.schema)
    entry = turn.catalog.find(key)
    if entry is None or not turn.authority.sees(entry):
        raise refusals.missing("OBJECT", key.shown)
    expression.set("kind", key.kind)
    # fakesnow looks for columns in the current database alone.
    with turn.session.data.at(key.database, key.schema):
        result = run_expression(turn.session.data, expression)
    shown = show_comments(result, entry)
    return replace(shown, statement_type=DESCRIBE)
