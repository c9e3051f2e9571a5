"""Checks a document against the JSON Schema of its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend

from ftspec.manifest.document import Document
from ftspec.manifest.violation import explain_violation, read_violation
from ftspec.manifest.wording import quote_text
from ftspec.model.diagnostics import Diagnostic, Diagnostics, sort_diagnostics

Schema = Mapping[str, object]


def check_schema(document: Document, schemas: Mapping[str, Schema]) -> Diagnostics:
    """Give every violation of the schema of the document's kind, each at its place in the file.

    `schemas` is keyed by kind. What the reader refused already is not reported again.
    """
    if "kind" in document.content and document.kind not in schemas:
        return () if document.is_refused("kind") else (document.locate(_refuse_kind(document, schemas)),)
    schema = schemas.get(document.kind)
    if schema is None:
        hint = f"the kinds are {', '.join(sorted(schemas))}"
        return (document.locate(Diagnostic("FT013", "the document has no 'kind'", hint=hint)),)
    found = find_violations(document.kind, document.content, schema)
    kept = dict.fromkeys(document.locate(each) for each in found if not document.is_refused(each.path))
    return sort_diagnostics(tuple(kept))


def find_violations(name: str, content: object, schema: Schema) -> Diagnostics:
    """Say where plain data is not as its schema wants it, by paths; `name` is that of the schema."""
    errors = _drop_echoes(list(_VALIDATOR(schema).iter_errors(content)))
    return tuple(each for error in errors for each in explain_violation(read_violation(name, error)))


def _refuse_kind(document: Document, schemas: Mapping[str, Schema]) -> Diagnostic:
    known = sorted(schemas)
    kind = document.content["kind"]
    if not isinstance(kind, str):
        return Diagnostic("FT011", "'kind' is not text", path="kind", hint=f"the kinds are {', '.join(known)}")
    lower = {name.lower(): name for name in known}
    near = [lower[match] for match in get_close_matches(kind.lower(), sorted(lower), n=1)]
    hint = f"did you mean '{near[0]}'?" if near else f"the kinds are {', '.join(known)}"
    return Diagnostic("FT007", f"{quote_text(kind)} is not a kind", path="kind", hint=hint)


def _drop_echoes(errors: list[ValidationError]) -> list[ValidationError]:
    """Leave out what only follows from a wrong type at the same place."""
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    return [error for error in errors if error.validator == "type" or tuple(error.absolute_path) not in mistyped]


def _is_integer(_checker: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_pattern(_validator: object, pattern: str, value: object, _schema: object) -> Iterator[ValidationError]:
    # In Python, a final $ also matches before a line break at the end; in JSON Schema it does not.
    exact = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
    if isinstance(value, str) and not re.search(exact, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


# JSON Schema takes 3.0 for an integer; a manifest that says so is more likely to be a slip.
_VALIDATOR: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"pattern": _check_pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)
