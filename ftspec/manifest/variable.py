"""Variables: `${name}` in the strings of manifests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ftspec.manifest.document import Document, join_path
from ftspec.manifest.wording import join_words, show_value
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|\$\{(?P<rest>[^}\s]*\}?)")

Variables = Mapping[str, str]


def apply_variables(
    document: Document, variables: Variables, scopes: Mapping[str, Variables]
) -> tuple[Document, Diagnostics]:
    """Put the values of variables into every string of a document; `scopes` have variables of their own, by path.

    A string that refers to none that is defined is kept as it is, and refused. Kind and version are left alone, and so
    are the values of variables: what stands for text does not stand for further variables.
    """
    substitution = _Substitution(document, dict(scopes))
    content = substitution.apply(document.content, "", variables)
    if not isinstance(content, dict):
        return document, ()
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    applied = replace(
        document,
        name=name if isinstance(name, str) else document.name,
        content=content,
        refused=document.refused | substitution.refused,
    )
    return applied, tuple(document.locate(found) for found in substitution.diagnostics)


def find_references(value: object) -> frozenset[str]:
    """Find the names of all variables that the strings of plain data refer to."""
    match value:
        case str():
            return frozenset(found["name"] for found in _REFERENCE.finditer(value) if found["name"])
        case list():
            return frozenset[str]().union(*(find_references(item) for item in value))
        case dict():
            return frozenset[str]().union(*(find_references(item) for item in value.values()))
        case _:
            return frozenset()


def check_given(names: Iterable[str], used: frozenset[str]) -> Diagnostics:
    """Warn of variables that were given on the command line, and that nothing refers to."""
    return tuple(_warn_unused(name, sorted(used)) for name in names if name not in used)


def _warn_unused(name: str, used: list[str]) -> Diagnostic:
    near = get_close_matches(name, used, n=1)
    hint = f"those used are {join_words(used, 'and')}" if used else "no manifest uses any variable"
    hint = f"did you mean '{near[0]}'?" if near else hint
    return Diagnostic("FT409", f"--var {name}: no manifest uses '${{{name}}}'", Severity.WARNING, hint=hint)


@dataclass(slots=True)
class _Substitution:
    document: Document
    scopes: dict[str, Variables]
    refused: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def apply(self, value: object, path: str, variables: Variables) -> object:
        """Substitute in a value and in all that it holds."""
        variables = self.scopes.get(path, variables)
        match value:
            case str() if path in {"apiVersion", "kind"}:
                return value
            case str() if self._is_variable(path):
                return self._apply_text(value, path, None)
            case str():
                return self._apply_text(value, path, variables)
            case list():
                return [self.apply(item, join_path(path, index), variables) for index, item in enumerate(value)]
            case dict():
                return {key: self.apply(item, join_path(path, key), variables) for key, item in value.items()}
            case _:
                return value

    def _is_variable(self, path: str) -> bool:
        return self.document.kind == "Project" and path.split("/")[-2:-1] == ["variables"]

    def _apply_text(self, text: str, path: str, variables: Variables | None) -> str:
        """Substitute in one string; `variables` None: it may refer to none."""
        if "${" not in text:
            return text
        faults: list[Diagnostic] = []

        def expand(match: re.Match[str]) -> str:
            name = match["name"]
            if match.group() == "$${":
                return "${"
            if name is None:
                faults.append(_refuse_spelling(match.group(), path))
            elif variables is None:
                faults.append(_refuse_nesting(name, path))
            elif name in variables:
                return variables[name]
            else:
                faults.append(_refuse_name(name, path, variables))
            return match.group()

        applied = _REFERENCE.sub(expand, text)
        if not faults:
            return applied
        self.refused.add(path)
        self.diagnostics += faults
        return text


def _refuse_name(name: str, path: str, variables: Variables) -> Diagnostic:
    known = sorted(each for each in variables if each.isidentifier())
    near = get_close_matches(name, known, n=1)
    if near:
        hint = f"did you mean '${{{near[0]}}}'?"
    elif known:
        hint = f"set it under variables, or with --var {name}=…; defined are {join_words(known, 'and')}"
    else:
        hint = f"set it under variables, or with --var {name}=…"
    return Diagnostic("FT030", f"the variable '{name}' is not defined", path=path, hint=hint)


def _refuse_spelling(written: str, path: str) -> Diagnostic:
    hint = "write ${name}, or $${ for a literal ${"
    return Diagnostic("FT030", f"{show_value(written)} names no variable", path=path, hint=hint)


def _refuse_nesting(name: str, path: str) -> Diagnostic:
    message = f"the value of a variable refers to the variable '{name}', and a value is plain text"
    return Diagnostic("FT030", message, path=path, hint="write the text out, or $${ for a literal ${")
