"""One violation of a JSON Schema as diagnostics, in the words of somebody who writes YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from jsonschema import ValidationError

from ftspec.manifest.document import join_path
from ftspec.manifest.later import is_later_key, is_later_value, stands_in
from ftspec.manifest.wording import describe_types, join_words, name_place, quote_text, show_example, show_value
from ftspec.model.diagnostics import Diagnostic, Diagnostics

_PATTERNS = {
    "^[a-z][a-z0-9_]{0,62}$": "a lower-case letter, then at most 62 lower-case letters, digits and underscores",
    "^[A-Za-z_][A-Za-z0-9_]*$": "a letter or an underscore, then letters, digits and underscores",
}
_RANGES = frozenset({"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties"})
_LONGEST_ITEM = 40


@dataclass(frozen=True, slots=True)
class Violation:
    """A value at a path that is not as a keyword of its schema wants it; `of_key`: a key is at fault, not a value."""

    kind: str
    path: str
    value: object
    keyword: str
    wanted: object
    schema: Mapping[str, object]
    of_key: bool


def read_violation(kind: str, error: ValidationError) -> Violation:
    """Take what matters from an error of jsonschema."""
    path = ""
    for part in error.absolute_path:
        path = join_path(path, part)
    return Violation(
        kind=kind,
        path=path,
        value=error.instance,
        keyword=str(error.validator),
        wanted=error.validator_value,
        schema=_read_mapping(error.schema),
        of_key="propertyNames" in error.absolute_schema_path,
    )


def explain_violation(found: Violation) -> Diagnostics:
    """Turn a violation into diagnostics with paths, mostly one; none where another diagnostic says it better."""
    match found.keyword:
        case "additionalProperties":
            return _explain_unknown(found)
        case "required" | "dependentRequired":
            return _explain_missing(found)
        case "oneOf":
            return _explain_choice(found)
        case "type":
            return (_explain_type(found),)
        case "enum" | "const":
            return (_explain_value(found),)
        case "pattern":
            return (_explain_pattern(found),)
        case "not":
            why = str(found.schema.get("description", "is not allowed here"))
            message = f"{name_place(found.path)} {why}"
            return (Diagnostic("FT016", message, path=f"{found.path}#key", hint="remove it"),)
        case keyword if keyword in _RANGES:
            return (_explain_range(found),)
        case keyword:
            message = f"{name_place(found.path)} is {show_value(found.value)}, which its schema's '{keyword}' refuses"
            return (Diagnostic("FT011", message, path=found.path),)


def _explain_unknown(found: Violation) -> Diagnostics:
    known = sorted(_read_mapping(found.schema.get("properties")))
    unknown = sorted(set(_read_mapping(found.value)) - set(known))
    return tuple(_refuse_key(found, key, known) for key in unknown)


def _refuse_key(found: Violation, key: str, known: list[str]) -> Diagnostic:
    place = f"{join_path(found.path, key)}#key"
    if is_later_key(found.kind, found.path, key):
        message = f"{quote_text(key)} is not supported by this version of ftspec yet"
        return Diagnostic("FT009", message, path=place, hint="remove it")
    near = _find_near(key, known)
    listed = f"the only key is {known[0]}" if len(known) == 1 else f"the keys are {join_words(known, 'and')}"
    hint = f"did you mean '{near[0]}'?" if near else listed
    where = f" in {name_place(found.path)}" if found.path else ""
    return Diagnostic("FT010", f"unknown key {quote_text(key)}{where}", path=place, hint=hint)


def _explain_missing(found: Violation) -> Diagnostics:
    given = _read_mapping(found.value)
    if _has_stand_in(found):
        return ()
    if found.keyword == "required":
        wanted = _read_texts(found.wanted)
    else:
        wanted = [
            key for each, keys in _read_mapping(found.wanted).items() if each in given for key in _read_texts(keys)
        ]
    known = sorted(_read_mapping(found.schema.get("properties")))
    misspelt = {near for key in given if key not in known for near in _find_near(key, known)}
    missing = sorted(set(wanted) - set(given) - misspelt)
    return tuple(_refuse_absence(found, key) for key in missing)


def _refuse_absence(found: Violation, key: str) -> Diagnostic:
    schema = _read_mapping(_read_mapping(found.schema.get("properties")).get(key))
    message = f"'{key}' is missing in {name_place(found.path)}" if found.path else f"the document has no '{key}'"
    return Diagnostic("FT013", message, path=found.path, hint=show_example(key, schema))


def _explain_choice(found: Violation) -> Diagnostics:
    if not isinstance(found.value, dict) or _has_stand_in(found):
        return ()
    branches = found.wanted if isinstance(found.wanted, list) else []
    keys = [key for branch in branches for key in _read_texts(_read_mapping(branch).get("required"))]
    given = [key for key in keys if key in found.value]
    words = join_words([f"'{key}'" for key in given], "and") if given else "none"
    message = f"{name_place(found.path)} wants exactly one of {join_words(keys, 'and')}, found {words}"
    if not given:
        return (Diagnostic("FT016", message, path=found.path, hint="add one of them"),)
    place = f"{join_path(found.path, given[1])}#key"
    return (Diagnostic("FT016", message, path=place, hint=f"keep one of {words}"),)


def _explain_type(found: Violation) -> Diagnostic:
    for key in sorted(_read_mapping(found.value)):
        if is_later_key(found.kind, found.path, key):
            message = f"{name_place(found.path)} with '{key}' is not supported by this version of ftspec yet"
            return Diagnostic("FT009", message, path=f"{join_path(found.path, key)}#key", hint=_example(found))
    types = [found.wanted] if isinstance(found.wanted, str) else _read_texts(found.wanted)
    message = f"{name_place(found.path)} is {show_value(found.value)}, wanted {describe_types(types)}"
    return Diagnostic("FT011", message, path=found.path, hint=_repair_type(found, types))


def _repair_type(found: Violation, types: list[str]) -> str:
    match found.value:
        case None:
            return "give it a value, or remove the key"
        case str(text) if {"integer", "number"} & set(types) and re.fullmatch(r"-?[0-9]+", text):
            return f"write {text} without quotes"
        case bool() | int() | float() if "string" in types:
            return _repair_text(found)
        case str(text) if types == ["array"] and len(text) <= _LONGEST_ITEM and text.isprintable():
            return f"write it as a list: [{text}]"
        case _:
            return _example(found)


def _repair_text(found: Violation) -> str:
    """Say how a number or a boolean becomes text: in quotes, unless it would be no name then either."""
    shown, pattern = show_value(found.value), str(found.schema.get("pattern", ""))
    if re.search(pattern, shown):
        return f"quote it: '{shown}'"
    return f"write {_PATTERNS.get(pattern, f'text that matches {pattern}')}"


def _explain_value(found: Violation) -> Diagnostic:
    if is_later_value(found.kind, found.path, found.value):
        key = found.path.rpartition("/")[2]
        message = f"'{key}: {found.value}' is not supported by this version of ftspec yet"
        return Diagnostic("FT009", message, path=found.path, hint=_example(found))
    wanted = found.wanted if found.keyword == "enum" and isinstance(found.wanted, list) else [found.wanted]
    words = join_words([show_value(each) for each in wanted], "or")
    message = f"{name_place(found.path)} is {show_value(found.value)}, wanted {words}"
    near = get_close_matches(found.value.lower(), _read_texts(wanted), n=1) if isinstance(found.value, str) else []
    return Diagnostic("FT014", message, path=found.path, hint=f"did you mean '{near[0]}'?" if near else "")


def _explain_pattern(found: Violation) -> Diagnostic:
    rule = _PATTERNS.get(str(found.wanted), f"text that matches {found.wanted}")
    shown = show_value(found.value)
    if found.of_key:
        message = f"{shown} is not a name that a key of {name_place(found.path)} can have"
        place = f"{join_path(found.path, str(found.value))}#key"
        return Diagnostic("FT015", message, path=place, hint=f"write {rule}")
    if found.path == "metadata/name":
        return Diagnostic("FT008", f"{shown} is not a name for a manifest", path=found.path, hint=f"write {rule}")
    if str(found.wanted) not in _PATTERNS:
        examples = found.schema.get("examples")
        example = show_value(examples[0]) if isinstance(examples, list) and examples else rule
        message = f"{name_place(found.path)} is {shown}, which is not of the form {example}"
        return Diagnostic("FT012", message, path=found.path, hint=f"write {rule}")
    message = f"{name_place(found.path)} is {shown}, which is no name"
    return Diagnostic("FT015", message, path=found.path, hint=f"write {rule}")


def _explain_range(found: Violation) -> Diagnostic:
    name = name_place(found.path)
    match found.keyword:
        case "minimum" | "maximum":
            low, high = found.schema.get("minimum"), found.schema.get("maximum")
            wanted = f"{low} to {high}" if None not in {low, high} else f"a {found.keyword} of {found.wanted}"
            message = f"{name} is {show_value(found.value)}, wanted {wanted}"
        case "maxLength" | "maxItems":
            message = f"{name} is longer than {found.wanted}"
        case _:
            message = f"{name} is empty"
    return Diagnostic("FT012", message, path=found.path, hint=_example(found))


def _example(found: Violation) -> str:
    return show_example(found.path.rpartition("/")[2], found.schema)


def _has_stand_in(found: Violation) -> bool:
    return any(stands_in(found.kind, found.path, key) for key in _read_mapping(found.value))


def _find_near(key: str, known: list[str]) -> list[str]:
    return get_close_matches(key.lower(), known, n=1)


def _read_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _read_texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
