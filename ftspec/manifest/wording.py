"""Words for values, types and places in messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import yaml

from ftspec.manifest.document import split_path

_LONGEST = 40
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def name_place(path: str) -> str:
    """Name what stands at a path: `'max_epochs'`, `item 2 of 'grants'`."""
    parts = split_path(path)
    if not parts:
        return "the document"
    if parts[-1].isdecimal() and len(parts) > 1:
        return f"item {int(parts[-1]) + 1} of {quote_text(parts[-2])}"
    return quote_text(parts[-1])


def quote_text(text: str) -> str:
    """Put text in quotes, on one line, not too long, and without what a terminal would obey."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    return f"'{shown}'"


def show_value(value: object) -> str:
    """Show a value as YAML has it, on one line and not too long; lists and mappings only by their kind."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return quote_text(value)
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case _:
            text = str(value)
            return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def describe_types(types: Iterable[str]) -> str:
    """Say in words which JSON types are wanted."""
    return join_words([_TYPES.get(each, each) for each in types], "or")


def join_words(words: Sequence[str], last: str) -> str:
    """Join words with commas, and the last one with `last`."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def show_example(key: str, schema: Mapping[str, object]) -> str:
    """Give the schema's first example for a key as a hint; empty where it has none."""
    examples = schema.get("examples")
    if not isinstance(examples, list) or not examples:
        return ""
    text = yaml.safe_dump(examples[0], default_flow_style=True, width=1000, sort_keys=False, allow_unicode=True)
    named = "" if key.isdecimal() else f"{key}: "
    return f"for example {named}{text.strip().removesuffix('...').strip()}"
