"""INFORMATION_SCHEMA: fakesnow's views of it, narrowed to what the role may see."""

from __future__ import annotations

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.names import Key
from ftspec.emulator.query.given_rows import put_in_place
from ftspec.emulator.query.model_versions import build_model_versions
from ftspec.emulator.query.tables import fold
from ftspec.emulator.turn import Turn

_BY_TABLE = frozenset({"COLUMNS", "TABLES", "VIEWS"})


def narrow_information_schema(turn: Turn, table: exp.Table, command: str) -> None:
    """Complete the name of a view of INFORMATION_SCHEMA in place, and leave only rows that may be seen.

    Raises SnowflakeError 2003 for a database that may not be used, 2 for a view that is not here.
    """
    name, catalog = fold(table.this), fold(table.args.get("catalog"))
    parts = (catalog, "INFORMATION_SCHEMA", name) if catalog else ("INFORMATION_SCHEMA", name)
    key = turn.resolve("TABLE", parts, command)
    if not turn.can_use_database(key.database):
        raise refusals.missing("DATABASE", key.database)
    if name == "MODEL_VERSIONS":
        put_in_place(table, build_model_versions(turn, key.database), name)
        return
    if name not in _BY_TABLE and name != "SCHEMATA":
        raise refusals.unsupported(f"INFORMATION_SCHEMA.{name}")
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name))
    inner = exp.table_(name, db="INFORMATION_SCHEMA", catalog=exp.to_identifier(key.database))
    condition = _by_table(turn, key.database) if name in _BY_TABLE else _by_schema(turn, key.database)
    rows = exp.select("*").from_(inner).where(condition)
    table.replace(exp.Subquery(this=rows, alias=alias.copy()))


def _by_table(turn: Turn, database: str) -> exp.Expr:
    seen = [key for kind in ("TABLE", "VIEW") for key in _visible(turn, kind, database)]
    names = [exp.Literal.string(f"{key.schema}\n{key.name}") for key in sorted(seen)]
    column = exp.DPipe(
        this=exp.DPipe(this=exp.column("TABLE_SCHEMA"), expression=exp.Literal.string("\n")),
        expression=exp.column("TABLE_NAME"),
    )
    return exp.In(this=column, expressions=names) if names else exp.false()


def _by_schema(turn: Turn, database: str) -> exp.Expr:
    names = [exp.Literal.string(key.name) for key in _visible(turn, "SCHEMA", database)]
    return exp.In(this=exp.column("SCHEMA_NAME"), expressions=names) if names else exp.false()


def _visible(turn: Turn, kind: str, database: str) -> list[Key]:
    return [entry.key for entry in turn.catalog.list_objects(kind, database) if turn.authority.sees(entry)]
