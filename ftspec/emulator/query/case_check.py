"""The case of column names: DuckDB takes "prompt" for PROMPT, Snowflake does not.

Names that are not there at all are found by DuckDB; here only those are refused that differ in case from what is
there, and only where every column in reach is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from ftspec.emulator import refusals
from ftspec.emulator.query.tables import fold
from ftspec.emulator.reading.tokens import position_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ftspec.emulator.names import Key
    from ftspec.emulator.reading.tokens import Source

    Columns = Mapping[Key, tuple[str, ...]]
    Known = frozenset[str] | None


def check_case(expression: exp.Expr, source: Source, columns: Columns) -> None:
    """Refuse column names whose case is wrong; `columns` are those of the tables that the query reads.

    Raises SnowflakeError 904 at the place of the name.
    """
    by_parts = {key.parts: names for key, names in columns.items()}
    for query in _queries(expression):
        try:
            for scope in traverse_scope(query):
                _check_scope(scope, source, by_parts)
        except SqlglotError:
            # A shape that sqlglot cannot resolve, such as one alias twice, is left to DuckDB.
            continue


def _queries(expression: exp.Expr) -> list[exp.Query]:
    if isinstance(expression, exp.Query):
        return [expression]
    query = expression.args.get("expression")
    return [query] if isinstance(query, exp.Query) else []


def _check_scope(scope: Scope, source: Source, columns: Mapping[tuple[str, ...], tuple[str, ...]]) -> None:
    reach = _reach(scope, columns)
    if any(names is None for names in reach.values()):
        return
    everything = frozenset(name for names in reach.values() for name in names or ())
    aliases = frozenset(_output_name(one) for one in _selects(scope) if isinstance(one, exp.Alias))
    for column in scope.columns:
        name, qualifier = fold(column.this), fold(column.args.get("table"))
        found = reach.get(qualifier, everything) if qualifier else everything | aliases
        if found is None or name in found or isinstance(column.this, exp.Star):
            continue
        if any(other.casefold() == name.casefold() for other in found):
            begin = int(column.this.meta.get("start", 0))
            line, position = position_of(source.text, begin)
            raise refusals.invalid_identifier(column.this.sql(dialect="snowflake"), line, position)


def _reach(scope: Scope, columns: Mapping[tuple[str, ...], tuple[str, ...]]) -> dict[str, Known]:
    """Give the columns of every source that the scope's names can mean, outer ones included."""
    reach: dict[str, Known] = {}
    current: Scope | None = scope
    while current is not None:
        for node, found in current.selected_sources.values():
            reach.setdefault(_alias(node), _columns_of(node, found, columns))
        current = current.parent if current.is_correlated_subquery or current.is_subquery else None
    return reach


def _alias(node: exp.Expr) -> str:
    alias = node.args.get("alias")
    return fold(alias.this) if isinstance(alias, exp.TableAlias) else fold(node.this)


def _columns_of(node: exp.Expr, source: object, columns: Mapping[tuple[str, ...], tuple[str, ...]]) -> Known:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.columns:
        return frozenset(fold(column) for column in alias.columns)
    if isinstance(source, exp.Table):
        names = columns.get(tuple(part.name for part in source.parts))
        return None if names is None else frozenset(names)
    if isinstance(source, Scope) and isinstance(source.expression, exp.Query):
        return _outputs(source, columns)
    return None


def _outputs(scope: Scope, columns: Mapping[tuple[str, ...], tuple[str, ...]]) -> Known:
    if isinstance(scope.expression, exp.SetOperation):
        sides = scope.set_operation_scopes
        return _outputs(sides[0], columns) if sides else None
    names: set[str] = set()
    for projection in _selects(scope):
        if not projection.is_star:
            names.add(_output_name(projection))
            continue
        for node, found in scope.selected_sources.values():
            known = _columns_of(node, found, columns)
            if known is None:
                return None
            names |= known
    return frozenset(names)


def _selects(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def _output_name(projection: exp.Expr) -> str:
    if isinstance(projection, exp.Alias):
        return fold(projection.args["alias"])
    return fold(projection.this) if isinstance(projection, exp.Column) else projection.output_name.upper()
