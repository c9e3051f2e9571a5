"""CREATE of databases, schemas, tables and views: made in DuckDB, recorded in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.authority import MANAGED
from ftspec.emulator.catalog import Entry
from ftspec.emulator.inferring import StatementCalls
from ftspec.emulator.names import Key, database_key, is_plain, quote, schema_key
from ftspec.emulator.query.case_check import check_case
from ftspec.emulator.query.column_comments import COLUMN_COMMENTS, read_comments, take_column_comments
from ftspec.emulator.query.cortex_calls import find_cortex_calls, replace_cortex_calls
from ftspec.emulator.query.functions import move_moments, replace_context_functions
from ftspec.emulator.query.parsing import find_managed_access
from ftspec.emulator.query.preparing import qualify_reads
from ftspec.emulator.query.reading_rights import require_select, write_reads
from ftspec.emulator.query.running import run_expression
from ftspec.emulator.query.table_functions import replace_table_functions
from ftspec.emulator.query.tables import qualify, set_name, table_parts
from ftspec.emulator.reading.tokens import Source
from ftspec.emulator.result import Result, status
from ftspec.emulator.turn import Turn
from ftspec.emulator.warehouses import require_warehouse

_PROPERTIES: Mapping[str, tuple[type[exp.Expr], ...]] = {
    "DATABASE": (exp.SchemaCommentProperty,),
    "SCHEMA": (exp.SchemaCommentProperty,),
    "TABLE": (exp.SchemaCommentProperty, exp.TransientProperty, exp.CopyGrantsProperty, exp.LikeProperty),
    "VIEW": (exp.SchemaCommentProperty, exp.CopyGrantsProperty, exp.SecureProperty),
}


def perform_create(turn: Turn, source: Source, expression: exp.Create) -> Result:
    """Make what a CREATE statement asks for; the session's role owns it."""
    kind = str(expression.args.get("kind")).upper()
    if expression.args.get("exists") and expression.args.get("replace"):
        raise refusals.incompatible_options()
    properties = _take_properties(expression)
    columns = take_column_comments(expression)
    comment = next((str(p.this.name) for p in properties if isinstance(p, exp.SchemaCommentProperty)), "")
    match kind:
        case "DATABASE":
            return _create_database(turn, expression, comment)
        case "SCHEMA":
            return _create_schema(turn, expression, comment, managed=find_managed_access(source) is not None)
        case "TABLE" | "VIEW":
            return _Definition(turn, source, expression, (kind, comment), properties, columns).perform()
        case _:
            raise refusals.unsupported(f"CREATE {kind}")


def _take_properties(expression: exp.Create) -> list[exp.Expr]:
    properties = expression.args.get("properties")
    found: list[exp.Expr] = list(properties.expressions) if properties is not None else []
    known = _PROPERTIES.get(str(expression.args.get("kind")).upper(), ())
    for one in found:
        if not isinstance(one, known):
            raise refusals.unsupported(f"CREATE {expression.args.get('kind')} {one.sql(dialect='snowflake')}")
    expression.set("properties", None)
    return found


def _is_known(turn: Turn, expression: exp.Create, entry: Entry | None) -> bool:
    """Say whether IF NOT EXISTS leaves nothing to do; refuse where something is in the way."""
    if entry is None:
        return False
    if expression.args.get("exists"):
        return True
    if not expression.args.get("replace"):
        raise refusals.already_exists(entry.key.shown)
    turn.authority.require_ownership(entry)
    return False


def _create_database(turn: Turn, expression: exp.Create, comment: str) -> Result:
    key = database_key(table_parts(expression.this)[-1])
    turn.authority.require_on_account("CREATE DATABASE")
    known = turn.catalog.find(key)
    if _is_known(turn, expression, known):
        return status(f"{key.name} already exists, statement succeeded.")
    if expression.args.get("clone") or known is not None:
        raise refusals.unsupported("CREATE DATABASE with CLONE or OR REPLACE")
    if not is_plain(key.name) or not turn.account.duck.can_name(key.name):
        raise refusals.unsupported(f"CREATE DATABASE with a name that needs quotes, as {key.name!r}")
    turn.account.intend(key, turn.session.role)
    turn.account.duck.create_database(key.name)
    turn.register(turn.new_entry(key, comment=comment))
    turn.register(turn.new_entry(schema_key(key.name, "PUBLIC")))
    turn.use_place(key.name, "PUBLIC")
    return status(f"Database {quote(key.name)} successfully created.")


def _create_schema(turn: Turn, expression: exp.Create, comment: str, *, managed: bool) -> Result:
    key = turn.resolve("SCHEMA", table_parts(expression.this), "CREATE SCHEMA")
    turn.authority.require_place(key)
    known = turn.catalog.find(key)
    if _is_known(turn, expression, known):
        return status(f"{key.name} already exists, statement succeeded.")
    if not turn.authority.allows(database_key(key.database), ("CREATE SCHEMA",), primary_only=True):
        raise refusals.insufficient("DATABASE", key.database)
    if expression.args.get("clone") or known is not None:
        raise refusals.unsupported("CREATE SCHEMA with CLONE or OR REPLACE")
    _refuse_case_twin(turn, key)
    turn.account.intend(key, turn.session.role)
    turn.account.duck.create_schema(key.database, key.name)
    turn.register(turn.new_entry(key, comment=comment, extra={MANAGED: True} if managed else None))
    turn.use_place(key.database, key.name)
    return status(f"Schema {quote(key.name)} successfully created.")


def _refuse_case_twin(turn: Turn, key: Key) -> None:
    """Refuse a name that differs from another one in case only: DuckDB takes them for one."""
    kinds = ("TABLE", "VIEW") if key.kind in {"TABLE", "VIEW"} else (key.kind,)
    for kind in kinds:
        for entry in turn.catalog.list_objects(kind, key.database, key.schema):
            if entry.key.name != key.name and entry.key.name.casefold() == key.name.casefold():
                raise refusals.unsupported(f"two names that differ in case only: {entry.key.shown} and {key.shown}")


_NAMED = (exp.Alias, exp.Aliases, exp.Column, exp.Parameter)


class _Definition:
    """One CREATE TABLE or CREATE VIEW."""

    def __init__(
        self,
        turn: Turn,
        source: Source,
        expression: exp.Create,
        noted: tuple[str, str],
        properties: list[exp.Expr],
        columns: dict[str, str],
    ) -> None:
        self.turn = turn
        self.source = source
        self.expression = expression
        self.kind, self.comment = noted
        self.columns = columns
        self.like = next((one.this for one in properties if isinstance(one, exp.LikeProperty)), None)
        self.properties = tuple(type(one) for one in properties)
        this = expression.this
        self.calls: StatementCalls | None = None
        self.table: exp.Table = this.this if isinstance(this, exp.Schema) else this

    def perform(self) -> Result:
        turn = self.turn
        key = turn.resolve(self.kind, table_parts(self.table), f"CREATE {self.kind}")
        turn.authority.require_usage(key.database, key.schema)
        known = self._find_known(key)
        if _is_known(turn, self.expression, known):
            return status(f"{key.name} already exists, statement succeeded.")
        turn.authority.require_create(self.kind, key.database, key.schema)
        _refuse_case_twin(turn, key)
        extra = {**self._prepare(key), **({COLUMN_COMMENTS: self.columns} if self.columns else {})}
        turn.account.intend(key, turn.session.role)
        with nullcontext() if self.calls is None else self.calls.running():
            run_expression(turn.session.data, self.expression)
        self._record(key, known, extra)
        return status(f"{self.kind.capitalize()} {quote(key.name)} successfully created.")

    def _find_known(self, key: Key) -> Entry | None:
        other = self.turn.catalog.find(key.as_kind("VIEW" if key.kind == "TABLE" else "TABLE"))
        if other is not None:
            raise refusals.already_exists(other.key.shown)
        return self.turn.catalog.find(key)

    def _prepare(self, key: Key) -> dict[str, object]:
        """Complete the names inside, check what is read, and give what the record keeps."""
        turn, query = self.turn, self.expression.args.get("expression")
        if self.like is not None:
            self._list_columns(self.like)
        if query is not None and self.kind == "TABLE":
            replace_table_functions(turn, query, None)
            move_moments(turn, query)
        if query is not None and replace_context_functions(turn, query) and self.kind == "VIEW":
            raise refusals.unsupported("context functions in a view")
        if query is not None:
            if self.kind == "VIEW" and find_cortex_calls(query):
                raise refusals.unsupported("Cortex functions in a view")
            self.calls = replace_cortex_calls(turn, query, None, dry=False).rows
            self._name_columns(query)
        set_name(self.table, key)
        reads = qualify_reads(turn, self.expression, self.table, f"CREATE {self.kind}")
        check_case(self.expression, self.source, turn.account.duck.read_columns(reads))
        if self.kind == "VIEW":
            secure = exp.SecureProperty in self.properties
            return {"TEXT": self.source.slice, "READS": write_reads(reads), "SECURE": secure}
        if reads:
            require_warehouse(turn)
        return {"KIND": "TRANSIENT"} if exp.TransientProperty in self.properties else {}

    def _list_columns(self, like: exp.Table) -> None:
        """Give a table the columns of another one, as CREATE TABLE … LIKE does, without its rows."""
        turn = self.turn
        key = qualify(turn, like, "CREATE TABLE")
        entry = require_select(turn.authority, key)
        self.columns = {**read_comments(entry), **self.columns}
        listed = exp.Schema(
            this=self.table,
            expressions=[
                exp.ColumnDef(
                    this=exp.to_identifier(name, quoted=True),
                    kind=exp.DataType.build(type_, dialect="duckdb"),
                    constraints=[] if nullable else [exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())],
                )
                for name, type_, nullable in turn.account.duck.read_definition(key)
            ],
        )
        self.expression.set("this", listed)

    def _name_columns(self, query: exp.Query) -> None:
        """Let a table take its column names from its list; refuse a column without a name.

        fakesnow wants types in such a list, so the names are given to the query.
        """
        this = self.expression.this
        select = query
        while isinstance(select, exp.SetOperation):
            select = select.this
        if not isinstance(this, exp.Schema):
            if not all(isinstance(one, _NAMED) or one.is_star for one in select.selects):
                raise refusals.missing_column_name()
        elif self.kind == "TABLE" and all(isinstance(one, exp.Identifier) for one in this.expressions):
            alias = exp.TableAlias(this=exp.to_identifier("_query"), columns=list(this.expressions))
            rows = exp.select("*").from_(exp.Subquery(this=query.copy(), alias=alias))
            self.expression.set("this", self.table)
            self.expression.set("expression", rows)

    def _record(self, key: Key, known: Entry | None, extra: dict[str, object]) -> None:
        turn = self.turn
        kept = turn.catalog.grants_on(key) if known and exp.CopyGrantsProperty in self.properties else ()
        if known is not None:
            turn.catalog.remove(key)
        entry = turn.register(turn.new_entry(key, comment=self.comment, extra=extra))
        for grant in kept:
            turn.catalog.put_grant(replace(grant, by=entry.owner or ""))
