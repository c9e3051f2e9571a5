"""What makes the result of a query another one each time that it runs, although no row has changed."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

# The words of Snowflake for what sqlglot gives one name; functions that only the session determines are left out.
_FUNCTIONS = {
    "RAND": "RANDOM",
    "LOCALTIME": "CURRENT_TIME",
    "LOCALTIMESTAMP": "CURRENT_TIMESTAMP",
    "UUID": "UUID_STRING",
    **{
        name: name
        for name in (
            "ANY_VALUE", "COMPLETE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "NORMAL", "RANDSTR", "SEQ1",
            "SEQ2", "SEQ4", "SEQ8", "UNIFORM", "ZIPF",
        )
    },
}  # fmt: skip
_NUMBERED = (exp.RowNumber, exp.First, exp.FirstValue, exp.Last, exp.LastValue, exp.Lag, exp.Lead, exp.NthValue)


def find_undetermined(text: str) -> tuple[str, ...]:
    """Name what leaves the result of a query open, each once, in alphabetical order; nothing for what is no SQL."""
    try:
        tree = sqlglot.parse_one(text, read="snowflake")
    except SqlglotError:
        return ()
    return tuple(sorted(set(_name_undetermined(tree))))


def _name_undetermined(tree: exp.Expr) -> Iterator[str]:
    for sample in tree.find_all(exp.TableSample):
        if not sample.args.get("seed"):
            yield "SAMPLE without SEED"
    for query in tree.find_all(exp.Query):
        limit = query.args.get("limit")
        if limit is not None and not query.args.get("order"):
            yield "LIMIT without ORDER BY"
    for window in tree.find_all(exp.Window):
        if isinstance(window.this, _NUMBERED) and not window.args.get("order"):
            yield f"{window.this.sql_names()[0]} without ORDER BY"
    for function in tree.find_all(exp.Func):
        name = function.name.upper() if isinstance(function, exp.Anonymous) else function.sql_names()[0]
        if name in _FUNCTIONS or name.startswith("AI_"):
            yield _FUNCTIONS.get(name, name)
