"""Training queries: checked, traced to the tables they name, and put in a canonical form; never compared as SQL."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from ftspec.model.address import ObjectName, SchemaName
from ftspec.model.diagnostics import Diagnostic, Diagnostics

NEEDED = ("PROMPT", "COMPLETION")
_PARTS = ("catalog", "db", "this")
_STRINGS = frozenset({TokenType.STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING})


@dataclass(frozen=True, slots=True)
class Training:
    """A query that can be given to a job: its text, its canonical tokens, and the tables and views it names."""

    text: str
    tokens: tuple[str, ...]
    reads: tuple[ObjectName, ...]


def read_query(text: str, home: SchemaName, path: str) -> tuple[Training | None, Diagnostics]:
    """Check that a query is one SELECT that the service can wrap, and trace what it reads.

    The service runs `SELECT "PROMPT", "COMPLETION" FROM (<query>)`, so the query may end neither in a semicolon nor in
    a line comment (Snowflake: FINETUNE ('CREATE')). Faults are placed at `path`.
    """
    stripped = text.strip()
    try:
        tokens = sqlglot.tokenize(stripped, read="snowflake")
        parsed = [tree for tree in sqlglot.parse(stripped, read="snowflake") if tree is not None]
    except SqlglotError as error:
        return None, (Diagnostic("FT101", f"the query is not valid SQL: {_explain(error)}", path=path),)
    found = _check_text(tokens, path) or _check_statement(parsed, path)
    if found:
        return None, found
    tree = parsed[0]
    return Training(stripped, canonical_tokens(tokens), trace_tables(tree, home)), _check_columns(tree, path)


def canonical_tokens(tokens: list[Token]) -> tuple[str, ...]:
    """Write tokens so that comments, white space and the case of unquoted words do not matter."""
    return tuple(_canonical(token) for token in tokens)


def read_condition(text: str, path: str) -> tuple[tuple[str, ...] | None, Diagnostics]:
    """Check that `text` is one condition for a WHERE, and give its canonical tokens."""
    try:
        tokens = sqlglot.tokenize(text, read="snowflake")
        select = sqlglot.parse_one(f"SELECT 1 WHERE {text}", read="snowflake")  # parsed only, never run
    except SqlglotError as error:
        return None, (Diagnostic("FT101", f"the condition is not valid SQL: {_explain(error)}", path=path),)
    lonely = isinstance(select, exp.Select) and set(_set_parts(select)) <= {"expressions", "where"}
    if not lonely or _check_text(tokens, path):
        hint = "write what follows WHERE, and nothing more"
        return None, (Diagnostic("FT101", f"{text!r} is not one condition", path=path, hint=hint),)
    return canonical_tokens(tokens), ()


def trace_tables(tree: exp.Expr, home: SchemaName) -> tuple[ObjectName, ...]:
    """List the tables and views that a query names, common table expressions left out."""
    found = set()
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        database, schema, name = (
            _stored(part) if isinstance(part, exp.Identifier) else "" for part in map(table.args.get, _PARTS)
        )
        if database or schema:
            # DATABASE..NAME is the schema PUBLIC of that database (Snowflake: Object name resolution).
            found.add(ObjectName(database or home.database, schema or "PUBLIC", name))
        elif not _is_local(table, name):
            found.add(home.join(name))
    return tuple(sorted(found))


def _is_local(table: exp.Table, name: str) -> bool:
    """Tell whether a name is that of a common table expression in sight: its own, an earlier, or an enclosing one."""
    inner: exp.Expr = table
    outer = table.parent
    while outer is not None:
        scope = outer if isinstance(outer, exp.With) else outer.args.get("with_")
        if isinstance(scope, exp.With) and scope is not inner:
            listed = [cte for cte in scope.expressions if isinstance(cte, exp.CTE)]
            behind = next((place for place, cte in enumerate(listed) if cte is inner), len(listed))
            if any(_stored(cte.args["alias"].this) == name for cte in listed[: behind + 1]):
                return True
        inner, outer = outer, outer.parent
    return False


def _check_text(tokens: list[Token], path: str) -> Diagnostics:
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        return (
            Diagnostic(
                "FT102",
                "the query holds a semicolon, with which the job would fail: Snowflake wraps the query in parentheses",
                path=path,
                hint="write one SELECT without ';'",
            ),
        )
    return ()


def _check_statement(parsed: list[exp.Expr], path: str) -> Diagnostics:
    if len(parsed) == 1 and isinstance(parsed[0], exp.Query) and not parsed[0].find(exp.Into):
        return ()
    what = type(parsed[0]).__name__.upper() if len(parsed) == 1 else f"{len(parsed)} statements"
    what = "SELECT … INTO" if len(parsed) == 1 and parsed[0].find(exp.Into) else what
    return (Diagnostic("FT101", f"the query is not a single SELECT but {what}", path=path, hint="write one SELECT"),)


def check_ending(text: str, path: str) -> Diagnostics:
    """Refuse a query whose last line has a `--` or `//` comment: the closing parenthesis would be part of it."""
    try:
        tokens = sqlglot.tokenize(text + "\n0", read="snowflake")
        wrapped = sqlglot.tokenize(f"({text})", read="snowflake")
    except SqlglotError:
        wrapped, tokens = [], []
    if len(wrapped) == len(tokens) + 1:
        return ()
    return (
        Diagnostic(
            "FT103",
            "the query ends in a line comment, which would swallow the parenthesis that Snowflake adds",
            path=path,
            hint="remove the comment, or write it as /* … */",
        ),
    )


def _check_columns(tree: exp.Expr, path: str) -> Diagnostics:
    assert isinstance(tree, exp.Query)  # noqa: S101 - _check_statement has refused everything else
    if tree.is_star or any(isinstance(column, exp.Dot | exp.Star) for column in tree.selects):
        return ()
    names = [_output_name(column) for column in tree.selects]
    missing = [name for name in NEEDED if name not in names]
    if not missing:
        return ()
    shown = ", ".join(name or "an expression without a name" for name in names)
    hint = f"name it with an alias: … AS {missing[0].lower()}"
    if any(name.upper() == missing[0] for name in names):
        hint = f'the job reads "{missing[0]}": write the alias without quotes, which folds it to upper case'
    wanted = " and ".join(missing)
    return (Diagnostic("FT104", f"the query gives {shown}, but no {wanted}", path=path, hint=hint),)


def _output_name(column: exp.Expr) -> str:
    if isinstance(column, exp.Alias):
        alias = column.args["alias"]
        return _stored(alias) if isinstance(alias, exp.Identifier) else str(alias).upper()
    if isinstance(column, exp.Column) and isinstance(column.this, exp.Identifier):
        return _stored(column.this)
    return ""


def _stored(part: exp.Identifier) -> str:
    return part.name if part.args.get("quoted") else part.name.upper()


def _canonical(token: Token) -> str:
    if token.token_type in _STRINGS:
        return f"'{token.text}'"
    if token.token_type is TokenType.IDENTIFIER:
        return f'"{token.text}"'
    return " ".join(token.text.upper().split())


def _set_parts(tree: exp.Expr) -> list[str]:
    return [key for key, value in tree.args.items() if value]


def _explain(error: SqlglotError) -> str:
    """Say what the parser stumbled over, and where, in plain words."""
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if found is None:
        lines = str(error).splitlines()
        return lines[0].rstrip(".") if lines else "it cannot be read"
    return f"unexpected {str(found['highlight'])!r} at line {found['line']}, column {found['col']} of it"
