"""The project: its environments and variables, and the other documents with them applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ftspec.manifest.document import Document, join_path
from ftspec.manifest.environment import Environment, build_environments
from ftspec.manifest.reader import PROJECT_FILE
from ftspec.manifest.schema import Schema, check_schema
from ftspec.manifest.variable import Variables, apply_variables
from ftspec.manifest.version import check_version
from ftspec.manifest.wording import join_words, quote_text
from ftspec.model.address import SchemaName
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors, sort_diagnostics

_ENVIRONMENTS = "spec/environments"


@dataclass(frozen=True, slots=True)
class Project:
    """A project in one of its environments; `document` is its own, with variables applied."""

    name: str
    environment: Environment
    document: Document

    @property
    def home(self) -> SchemaName:
        """Where unqualified names live, folded."""
        return self.environment.home

    @property
    def inference(self) -> str:
        """The function that models are asked with: `ai_complete` or `complete`."""
        return self.environment.inference

    def path_of(self, setting: str) -> str:
        """Give the place of a setting: in the environment where it is set there, else in the project's own."""
        own = f"spec/environments/{self.environment.name}/{setting}"
        return own if own in self.document.spans else f"spec/{setting}"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The project, None where it has a fault, and the documents of all other kinds with variables applied."""

    project: Project | None
    documents: tuple[Document, ...]
    diagnostics: Diagnostics


def resolve(
    documents: tuple[Document, ...],
    schemas: Mapping[str, Schema],
    *,
    environment: str | None,
    variables: Variables,
    version: str,
) -> Resolution:
    """Choose the environment (the first by default) and apply its variables to every document.

    `variables` go before those of the manifests; `version` is that of ftspec, for `required_version`.
    """
    others = tuple(document for document in documents if document.kind != "Project")
    document, diagnostics = _choose_document(documents)
    if document is None:
        muted = tuple(apply_variables(other, {}, {})[0] for other in others)  # no variable is known: none is missing
        return Resolution(None, muted, sort_diagnostics(diagnostics))
    chosen, found = _choose_environment(document, environment)
    diagnostics += found
    known = _read_environments(document)
    scopes = {name: _merge_variables(document, name, variables) for name in known}
    own = scopes[chosen] if chosen in scopes else _merge_variables(document, None, variables)
    project, found = _resolve_project(document, schemas, chosen, own, scopes, version)
    diagnostics += found
    applied: list[Document] = []
    for other in others:
        resolved, found = apply_variables(other, own, {})
        applied.append(resolved)
        diagnostics += found if chosen is not None else ()
    return Resolution(project, tuple(applied), sort_diagnostics(diagnostics))


def _choose_document(documents: tuple[Document, ...]) -> tuple[Document | None, Diagnostics]:
    """Take the first Project of ftspec.yaml; that there is none is a diagnostic of reading."""
    projects = [document for document in documents if document.kind == "Project"]
    mine = [document for document in projects if document.source == PROJECT_FILE][:1]
    strays = [document for document in projects if document not in mine]
    return (mine[0] if mine else None), tuple(_refuse_stray(stray, mine) for stray in strays)


def _refuse_stray(stray: Document, mine: list[Document]) -> Diagnostic:
    if mine:
        message = f"a second Project, the first is at {mine[0].span('')}"
        return Diagnostic("FT034", message, span=stray.span("kind"), hint="keep one of the two")
    message = f"a Project stands in {stray.source}"
    return Diagnostic(
        "FT034", message, span=stray.span("kind"), hint=f"move it to {PROJECT_FILE} of the project's folder"
    )


def _choose_environment(document: Document, wanted: str | None) -> tuple[str | None, Diagnostics]:
    known = list(_read_environments(document))
    if not known:
        return None, ()
    if wanted is None:
        return known[0], ()
    if wanted in known:
        return wanted, ()
    near = get_close_matches(wanted, known, n=1)
    names = join_words([quote_text(name) for name in known], "and")
    hint = f"did you mean {quote_text(near[0])}?" if near else f"the environments are {names}"
    found = Diagnostic("FT031", f"no environment is called {quote_text(wanted)}", path=_ENVIRONMENTS, hint=hint)
    return None, (found.at(document.span(f"{_ENVIRONMENTS}#key")),)


def _resolve_project(
    document: Document,
    schemas: Mapping[str, Schema],
    chosen: str | None,
    variables: Variables,
    scopes: Mapping[str, Variables],
    version: str,
) -> tuple[Project | None, Diagnostics]:
    paths = {join_path(_ENVIRONMENTS, name): scope for name, scope in scopes.items()}
    applied, found = apply_variables(document, variables, paths)
    diagnostics = tuple(each for each in found if _matters(each.path, chosen))
    diagnostics += check_schema(applied, schemas)
    diagnostics += check_version(applied, version)
    environments, found = build_environments(
        {name: apply_variables(document, scope, {})[0] for name, scope in scopes.items()}
    )
    diagnostics += found
    environment = environments.get(chosen or "")
    if has_errors(diagnostics) or document.refused or environment is None:
        return None, diagnostics
    return Project(applied.name, environment, applied), diagnostics


def _matters(path: str, chosen: str | None) -> bool:
    """Tell whether a missing variable is a fault: those of other environments may be given when they are chosen."""
    if chosen is None:
        return False
    inside = path.startswith(f"{_ENVIRONMENTS}/")
    return not inside or f"{path}/".startswith(f"{join_path(_ENVIRONMENTS, chosen)}/")


def _merge_variables(document: Document, environment: str | None, given: Variables) -> Variables:
    settings = _read_environments(document).get(environment or "", {})
    return {**_read_variables(document.spec), **_read_variables(settings), **given}


def _read_environments(document: Document) -> Mapping[str, Mapping[str, object]]:
    environments = document.spec.get("environments")
    if not isinstance(environments, dict):
        return {}
    return {name: settings if isinstance(settings, dict) else {} for name, settings in environments.items()}


def _read_variables(settings: Mapping[str, object]) -> Variables:
    variables = settings.get("variables")
    if not isinstance(variables, dict):
        return {}
    return {name: value.replace("$${", "${") for name, value in variables.items() if isinstance(value, str)}
