"""SYSTEM$GET_TAG and INFORMATION_SCHEMA.TAG_REFERENCES.

https://docs.snowflake.com/en/sql-reference/functions/system_get_tag
https://docs.snowflake.com/en/sql-reference/functions/tag_references
"""

from __future__ import annotations

from sqlglot import exp

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.cortex.calls import refused_count
from ftspec.emulator.cortex.names import read_model_name
from ftspec.emulator.query.given_rows import GivenColumn, build_given_rows, put_in_place
from ftspec.emulator.tags import domain_kinds, list_references, shown_domain
from ftspec.emulator.turn import Turn

GET_TAG = "SYSTEM$GET_TAG"
_REFERENCES = "TAG_REFERENCES"
_COLUMNS = tuple(
    GivenColumn(name)
    for name in (
        "TAG_DATABASE TAG_SCHEMA TAG_NAME TAG_VALUE APPLY_METHOD LEVEL OBJECT_DATABASE OBJECT_SCHEMA OBJECT_NAME DOMAIN"
        " COLUMN_NAME"
    ).split()
)


def read_tag(turn: Turn, call: exp.Expr) -> str | None:
    """Give the value of a tag of an object, inherited ones included, NULL where it has none."""
    tag_name, object_name, domain = _read_texts(call, GET_TAG, 3)
    entry = _find_object(turn, object_name, domain)
    tag = turn.authority.require_entry(turn.resolve("TAG", _read_parts(tag_name), GET_TAG))
    references = {reference.tag: reference.value for reference in list_references(turn.catalog, entry)}
    return references.get(tag.key)


def replace_tag_references(turn: Turn, expression: exp.Expr) -> None:
    """Put the tags of an object in the place of every TABLE(… INFORMATION_SCHEMA.TAG_REFERENCES(…))."""
    for node in tuple(expression.find_all(exp.TableFromRows)):
        call = node.this.expression if isinstance(node.this, exp.Dot) else node.this
        qualifier = [part.name.upper() for part in node.this.find_all(exp.Identifier, bfs=False)]
        if not isinstance(call, exp.Anonymous) or call.name.upper() != _REFERENCES:
            continue
        if "INFORMATION_SCHEMA" not in qualifier:
            raise refusals.unknown_function(_REFERENCES)
        put_in_place(node, _build_references(turn, call), _REFERENCES)


def _build_references(turn: Turn, call: exp.Expr) -> exp.Select:
    object_name, domain = _read_texts(call, _REFERENCES, 2)
    entry = _find_object(turn, object_name, domain)
    place = (entry.key.database or None, entry.key.schema or None, entry.key.name, shown_domain(entry.key.kind), None)
    rows = [
        (one.tag.database, one.tag.schema, one.tag.name, one.value, _method(entry, one.carrier.kind), level, *place)
        for one in list_references(turn.catalog, entry)
        for level in (shown_domain(one.carrier.kind),)
    ]
    return build_given_rows(_COLUMNS, rows)


def _method(entry: Entry, carrier: str) -> str:
    return "MANUAL" if entry.key.kind == carrier else "INHERITED"


def _find_object(turn: Turn, name: str, domain: str) -> Entry:
    kinds = domain_kinds(domain)
    if not kinds:
        raise refusals.unsupported(f"tags of the domain {domain}")
    keys = [turn.resolve(kind, _read_parts(name), GET_TAG) for kind in kinds]
    found = next((key for key in keys if turn.catalog.find(key) is not None), keys[0])
    return turn.authority.require_entry(found)


def _read_parts(text: str) -> tuple[str, ...]:
    name = read_model_name(text)
    return tuple(part for part in (name.database, name.schema, name.name) if part)


def _read_texts(call: exp.Expr, function: str, count: int) -> list[str]:
    given = call.expressions
    if len(given) != count:
        raise refused_count(function, count, len(given))
    if not all(isinstance(node, exp.Literal) and node.is_string for node in given):
        raise refusals.unsupported(f"{function} with arguments that are not constant")
    return [str(node.this) for node in given]
