"""The tables that a statement names: found, resolved and written out in full."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.names import Key
from ftspec.emulator.turn import Turn

INFORMATION_SCHEMA = "INFORMATION_SCHEMA"
_REGISTERED = "registered"
_TABLE_FUNCTIONS = (exp.Generator, exp.Explode, exp.SplitToTable)


def fold(identifier: exp.Expr | str | None) -> str:
    """Fold an identifier as Snowflake does."""
    if isinstance(identifier, exp.Identifier):
        return identifier.name if identifier.quoted else identifier.name.upper()
    return str(identifier or "").upper()


def table_parts(table: exp.Table) -> tuple[str, ...]:
    """Give the folded parts of a table's name; `DATABASE..TABLE` stands for the schema PUBLIC.

    https://docs.snowflake.com/en/sql-reference/name-resolution. Raises SnowflakeError 2 for other empty parts.
    """
    catalog, schema = table.args.get("catalog"), table.args.get("db")
    if catalog == "" or (schema == "" and not catalog):
        raise refusals.unsupported(f"the name {table.sql(dialect='snowflake')}")
    return tuple(fold(part) for part in (catalog, "PUBLIC" if schema == "" else schema, table.this) if part)


def find_tables(node: exp.Expr, known: frozenset[str] = frozenset()) -> Iterator[exp.Table]:
    """Find the real tables below a node: names of common table expressions are left out.

    Raises SnowflakeError 2 for sources that are not names, such as stages.
    """
    with_ = node.args.get("with_")
    if isinstance(with_, exp.With):
        for common in with_.expressions:
            own = frozenset({fold(common.args["alias"].this)})
            yield from find_tables(common.this, known | own if with_.recursive else known)
            known |= own
    if isinstance(node, exp.TableFromRows) and not isinstance(node.this, _TABLE_FUNCTIONS):
        raise refusals.unsupported(f"TABLE({node.this.sql(dialect='snowflake')})")
    if isinstance(node, exp.Table) and not node.meta.get(_REGISTERED):
        if isinstance(node.this, exp.Identifier):
            if node.args.get("db") or fold(node.this) not in known:
                yield node
        else:
            # Among them the functions with which DuckDB reads files.
            raise refusals.unsupported(node.this.sql(dialect="snowflake"))
    for child in node.iter_expressions():
        if child is not with_:
            yield from find_tables(child, known)


def mark_registered(table: exp.Table) -> exp.Table:
    """Mark rows of the server's own, which need neither a longer name nor a privilege."""
    table.meta[_REGISTERED] = True
    return table


def qualify(turn: Turn, table: exp.Table, command: str) -> Key:
    """Complete a table's name in place, and give its key."""
    key = turn.table_or_view(table_parts(table), command)
    set_name(table, key)
    return key


def set_name(table: exp.Table, key: Key) -> None:
    """Write a key as a table's name, keeping the places that errors point at."""
    for arg, part in (("catalog", key.database), ("db", key.schema), ("this", key.name)):
        old = table.args.get(arg)
        identifier = exp.to_identifier(part, quoted=True)
        if isinstance(old, exp.Identifier):
            identifier.meta.update(old.meta)
        table.set(arg, identifier)


def is_information_schema(table: exp.Table) -> bool:
    """Say whether the table is one of the views of INFORMATION_SCHEMA."""
    return fold(table.args.get("db")) == INFORMATION_SCHEMA
