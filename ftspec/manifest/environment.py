"""Environments: the places that a project is applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ftspec.manifest.document import Document, join_path
from ftspec.manifest.wording import quote_text, show_value
from ftspec.model.address import SchemaName, fold, is_identifier, qualify, split_name
from ftspec.model.diagnostics import Diagnostic, Diagnostics, has_errors

EMBEDDED = "embedded"
"""The connection that is the embedded Snowflake."""

_TRAINING_SECONDS = 3.0
_NAMES = ("database", "schema", "role", "warehouse")


@dataclass(frozen=True, slots=True)
class Limits:
    """What no plan may exceed; None: no limit. `training_tokens` and `credits` are those of one apply.

    Nothing may be granted to `forbidden_roles`, no model to PUBLIC unless they are empty (None: not set), and no
    `forbidden_privileges` to anybody.
    """

    training_tokens: int | None = None
    credits: float | None = None
    base_models: tuple[str, ...] | None = None
    forbidden_roles: tuple[str, ...] | None = None
    forbidden_privileges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """One place that the project is applied to, with the project's own settings where it has none.

    Names are folded; `role` and `warehouse` None: the connection's own. `setup` are paths relative to the project's
    folder, `training_seconds` how long a training takes; both only for the embedded Snowflake. `credit_rates` are
    credits for a million trained tokens by base model, `base_models` what the project says of base models, by name.
    """

    name: str
    connection: str
    home: SchemaName
    role: str | None = None
    warehouse: str | None = None
    setup: tuple[str, ...] = ()
    training_seconds: float | None = None
    inference: str = "ai_complete"
    limits: Limits = Limits()
    credit_rates: tuple[tuple[str, float], ...] = ()
    base_models: tuple[tuple[str, Mapping[str, object]], ...] = ()
    lock: bool = True
    journal: bool = True

    @property
    def is_embedded(self) -> bool:
        """Tell whether it is the embedded Snowflake."""
        return self.connection == EMBEDDED


def build_environments(documents: Mapping[str, Document]) -> tuple[Mapping[str, Environment], Diagnostics]:
    """Build every environment of a Project; those with a fault are left out.

    `documents` are the Project document with the variables of each environment applied, by the environment's name.
    """
    environments: dict[str, Environment] = {}
    diagnostics: Diagnostics = ()
    for name, document in documents.items():
        path = join_path("spec/environments", name)
        own = _read_settings(document, name)
        found = _check_names(document, "spec", document.spec) + _check_names(document, path, own)
        found += _check_home(document, path, own)
        diagnostics += tuple(each for each in found if each not in diagnostics)
        settings = {**document.spec, **own}
        is_whole = all(isinstance(settings.get(key), str) for key in ("connection", "database", "schema"))
        if is_whole and not has_errors(found) and not _waits(document, path):
            environments[name] = _build_environment(name, settings)
    return environments, diagnostics + _check_places(documents, environments)


def _read_settings(document: Document, name: str) -> Mapping[str, object]:
    environments = document.spec.get("environments")
    settings = environments.get(name) if isinstance(environments, dict) else None
    return settings if isinstance(settings, dict) else {}


def _build_environment(name: str, settings: Mapping[str, object]) -> Environment:
    connection = str(settings["connection"])
    setup, seconds = settings.get("setup"), settings.get("training_seconds")
    return Environment(
        name=name,
        connection=connection,
        home=SchemaName(fold(str(settings["database"])), fold(str(settings["schema"]))),
        role=_fold_optional(settings.get("role")),
        warehouse=_fold_optional(settings.get("warehouse")),
        setup=tuple(str(each) for each in setup) if isinstance(setup, list) else (),
        training_seconds=_read_seconds(seconds) if connection == EMBEDDED else None,
        inference=str(settings.get("inference", "ai_complete")),
        limits=_read_limits(settings.get("limits")),
        credit_rates=tuple((name, float(str(rate))) for name, rate in _read_pairs(settings.get("credit_rates"))),
        base_models=tuple((name, dict(_read_pairs(facts))) for name, facts in _read_pairs(settings.get("base_models"))),
        lock=settings.get("lock") is not False,
        journal=settings.get("journal") is not False,
    )


def _read_limits(value: object) -> Limits:
    limits = value if isinstance(value, dict) else {}
    tokens, credit = limits.get("training_tokens"), limits.get("credits")
    roles, privileges = _read_texts(limits.get("forbidden_roles")), _read_texts(limits.get("forbidden_privileges"))
    return Limits(
        training_tokens=tokens if isinstance(tokens, int) else None,
        credits=float(credit) if isinstance(credit, int | float) else None,
        base_models=_read_texts(limits.get("base_models")),
        forbidden_roles=None if roles is None else tuple(map(_read_role, roles)),
        forbidden_privileges=tuple(" ".join(each.upper().split()) for each in privileges or ()),
    )


def _read_texts(value: object) -> tuple[str, ...] | None:
    return tuple(str(each) for each in value) if isinstance(value, list) else None


def _read_role(text: str) -> str:
    """Write a role, or a database role with its database, as SQL does; what is no name forbids nobody."""
    try:
        return qualify(*split_name(text))
    except ValueError:
        return text


def _read_pairs(value: object) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((str(key), entry) for key, entry in value.items())) if isinstance(value, dict) else ()


def _read_seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else _TRAINING_SECONDS


def _fold_optional(name: object) -> str | None:
    return fold(name) if isinstance(name, str) else None


def _waits(document: Document, path: str) -> bool:
    """Tell whether a setting waits for a variable, which another run of ftspec may be given."""
    for key in ("connection", *_NAMES):
        own = join_path(path, key)
        if document.is_refused(own if own in document.spans else join_path("spec", key)):
            return True
    return False


def _check_names(document: Document, path: str, settings: Mapping[str, object]) -> Diagnostics:
    found = []
    for key in _NAMES:
        value, place = settings.get(key), join_path(path, key)
        if isinstance(value, str) and not is_identifier(value) and not document.is_refused(place):
            message = f"'{key}' is {show_value(value)}, which is not a Snowflake identifier"
            hint = "write one name of letters, digits, _ and $, or any name as '\"name\"'"
            found.append(document.locate(Diagnostic("FT015", message, path=place, hint=hint)))
    return (*found, *_check_roles(document, path, settings))


def _check_roles(document: Document, path: str, settings: Mapping[str, object]) -> Diagnostics:
    """Refuse a forbidden role that is no name: it would forbid nobody."""
    limits = settings.get("limits")
    listed = limits.get("forbidden_roles") if isinstance(limits, dict) else None
    own = join_path(path, "limits")
    place = join_path(own if own in document.spans else "spec/limits", "forbidden_roles")
    found = []
    for index, text in enumerate(listed if isinstance(listed, list) else ()):
        try:
            split_name(str(text))
        except ValueError as error:
            found.append(document.locate(Diagnostic("FT015", str(error), path=join_path(place, str(index)))))
    return tuple(found)


def _check_home(document: Document, path: str, own: Mapping[str, object]) -> Diagnostics:
    found = []
    for key in ("database", "schema"):
        if key not in own and key not in document.spec:
            message = f"'{key}' is missing in 'spec', and in {show_value(path.rpartition('/')[2])} too"
            hint = f"set {key} under spec, or in every environment"
            found.append(document.locate(Diagnostic("FT013", message, path=f"{path}#key", hint=hint)))
    return tuple(found)


def _check_places(documents: Mapping[str, Document], environments: Mapping[str, Environment]) -> Diagnostics:
    first: dict[tuple[str, SchemaName], str] = {}
    found = []
    for name, environment in environments.items():
        if environment.is_embedded:  # each of those is an account of its own
            continue
        other = first.setdefault((environment.connection, environment.home), name)
        if other != name:
            place = f"connection {quote_text(environment.connection)}, schema {quote_text(str(environment.home))}"
            message = f"the environments {quote_text(other)} and {quote_text(name)} are one place: {place}"
            hint = "give each a connection, a database or a schema of its own"
            path = f"{join_path('spec/environments', name)}#key"
            found.append(documents[name].locate(Diagnostic("FT032", message, path=path, hint=hint)))
    return tuple(found)
