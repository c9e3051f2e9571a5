"""Manifests for what is there already: drafts that plan as no changes once their models are taken over.

Pure: what was seen of models, jobs and grants to the contents of documents.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ftspec.manifest.writer import build_content
from ftspec.model.address import ObjectName, SchemaName, quote, resolve_object
from ftspec.model.diagnostics import Diagnostic, Severity
from ftspec.planning.desired import DesiredState
from ftspec.resources.base import Scope
from ftspec.resources.dataset import Dataset
from ftspec.resources.fine_tuned_model import LiveModel
from ftspec.resources.finetune import Job
from ftspec.resources.grant import Grant, Grantee, ModelGrant
from ftspec.resources.needs import list_use_needs
from ftspec.resources.privileges import NOUN, is_fit, take_privileges
from ftspec.resources.query import check_ending, read_query
from ftspec.resources.standing import Standing

_LONGEST = 63
_MOST_EPOCHS = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FOREIGN = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Drafts:
    """The contents of the documents to be written, and what was left out and why.

    `names` are those of the models in them, `queries` those of the datasets, by name.
    """

    contents: list[Mapping[str, object]] = field(default_factory=list)
    names: dict[ObjectName, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)


def is_name(text: str) -> bool:
    """Tell whether a text can be a name in manifests."""
    return _NAME.fullmatch(text) is not None


def derive_name(text: str, taken: Collection[str], suffix: str = "") -> str:
    """Derive a name for manifests from a Snowflake name; one that is taken gets a number behind it."""
    stem = _FOREIGN.sub("_", text.lower()).strip("_")
    stem = stem if stem[:1].isalpha() else f"m_{stem}".rstrip("_")
    names = (f"{stem[: _LONGEST - len(end)]}{end}" for end in _ends(suffix))
    return next(name for name in names if name not in taken)


def _ends(suffix: str) -> Iterable[str]:
    yield suffix
    yield from (f"{suffix}_{number}" for number in itertools.count(2))


def draft_models(models: Iterable[LiveModel], desired: DesiredState, scope: Scope) -> Drafts:
    """Draft a document for each model, and for the datasets that their jobs learnt from.

    Each is protected from deletion: what was not made by this project is not to go because a file was lost.
    """
    drafts = Drafts()
    taken = {address.name for address in desired.documents() if address.kind == "model"}
    datasets = _Datasets(desired, scope, drafts)
    for model in models:
        name = derive_name(model.name.name, taken)
        taken.add(name)
        drafts.names[model.name] = name
        spec = {} if model.maker is None else _draft_training(name, model.maker, datasets)
        if _default_name(name, scope.home) != model.name:
            spec["model_name"] = _write_name(model.name, scope.home)
        spec["deletion_protection"] = True
        drafts.contents.append(build_content("FineTunedModel", name, spec))
    return drafts


def _default_name(name: str, home: SchemaName) -> ObjectName:
    return resolve_object(name, home)


def _write_name(name: ObjectName, home: SchemaName) -> str:
    return quote(name.name) if name.parent == home else str(name)


@dataclass(frozen=True, slots=True)
class _Datasets:
    """The datasets that are declared or drafted, by the canonical form of their queries."""

    desired: DesiredState
    scope: Scope
    drafts: Drafts
    known: dict[tuple[str, ...], str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for entry in self.desired.declared.get("dataset", ()):
            self.taken.add(entry.address.name)
            if isinstance(entry, Dataset):
                self.known.setdefault(entry.source, entry.address.name)

    def find(self, query: str, model: str, suffix: str) -> str | None:
        """Name the dataset of a query, drafted where there is none; None for what no manifest can declare."""
        training, faults = read_query(query, self.scope.home, "")
        if training is None or faults or check_ending(training.text, ""):
            return None
        source = ("query", *training.tokens)
        if source not in self.known:
            name = derive_name(model, self.taken, suffix)
            self.taken.add(name)
            self.known[source] = name
            self.drafts.queries[name] = training.text
            self.drafts.contents.append(build_content("Dataset", name, {"query": training.text}))
        return self.known[source]


def _draft_training(name: str, job: Job, datasets: _Datasets) -> dict[str, object]:
    """Draft what a model was trained from; nothing of it where one of its queries cannot be declared."""
    training = datasets.find(job.training, name, "_train")
    validation = datasets.find(job.validation, name, "_valid") if job.validation and training else None
    if training is None or (job.validation and validation is None):
        message = f"what job {job.id} was given is no query that a Dataset can have: {name} is drafted without it"
        datasets.drafts.notes.append(Diagnostic("FT427", message, Severity.WARNING))
        return {"base_model": job.base_model}
    spec: dict[str, object] = {"base_model": job.base_model, "training_data": training}
    if validation is not None:
        spec["validation_data"] = validation
    epochs = dict(job.options or ()).get("max_epochs", "")
    if epochs.isdecimal() and 1 <= int(epochs) <= _MOST_EPOCHS:
        spec["options"] = {"max_epochs": int(epochs)}
    return spec


def draft_privileges(
    drafts: Drafts,
    grants: Mapping[ObjectName, tuple[ModelGrant, ...]],
    names: Mapping[ObjectName, str],
    standings: Mapping[Grantee, Standing],
    desired: DesiredState,
    scope: Scope,
) -> None:
    """Draft a document for each role that holds something on a model, where the manifests do not say so yet."""
    taken = {address.name for address in desired.documents() if address.kind == NOUN}
    for grantee, held in sorted(_by_grantee(grants).items()):
        declared = _declared_for(grantee, desired)
        listed = [(model, grant) for model, grant in held if _as_grant(model, grant) not in declared]
        fitting = [(model, grant) for model, grant in listed if _is_allowed(drafts, grantee, model, grant, scope)]
        if not fitting:
            continue
        name = derive_name(grantee.name, taken)
        taken.add(name)
        spec: dict[str, object] = {"database_role" if grantee.of_database else "role": grantee.name}
        usable = [model for model, grant in fitting if _is_whole(model, grant, standings.get(grantee))]
        if usable:
            spec["can_use"] = [names[model] for model in usable]
        rest = [_spell(model, grant) for model, grant in fitting if model not in usable or grant.privilege != "USAGE"]
        if rest:
            spec["grants"] = rest
        drafts.contents.append(build_content("Privileges", name, spec))


def _by_grantee(
    grants: Mapping[ObjectName, tuple[ModelGrant, ...]],
) -> Mapping[Grantee, list[tuple[ObjectName, ModelGrant]]]:
    found: dict[Grantee, list[tuple[ObjectName, ModelGrant]]] = {}
    for model, listed in sorted(grants.items()):
        for grant in listed:
            grantee = Grantee(grant.grantee, of_database=grant.grantee_type == "DATABASE ROLE")
            found.setdefault(grantee, []).append((model, grant))
    return found


def _declared_for(grantee: Grantee, desired: DesiredState) -> frozenset[Grant]:
    entries = take_privileges(desired.declared.get(NOUN, ()))
    return frozenset(wanted.grant for entry in entries if entry.grantee == grantee for wanted in entry.wanted)


def _as_grant(model: ObjectName, grant: ModelGrant) -> Grant:
    return Grant("MODEL", str(model), grant.privilege)


def _is_allowed(drafts: Drafts, grantee: Grantee, model: ObjectName, grant: ModelGrant, scope: Scope) -> bool:
    """Tell whether a manifest may declare a grant; else it is left out, and told of."""
    forbidden = () if scope.forbidden_roles == () else ("PUBLIC", *(scope.forbidden_roles or ()))
    fits = is_fit(grantee, _as_grant(model, grant))
    if fits and grantee.name not in forbidden and grant.privilege not in scope.forbidden_privileges:
        return True
    why = "the limits forbid it" if fits else "it lies in another database"
    message = f"{_as_grant(model, grant)} of {grantee} is not declared, for {why}"
    drafts.notes.append(Diagnostic("FT428", message, Severity.WARNING, hint="revoke it by hand, or change the limits"))
    return False


def _is_whole(model: ObjectName, grant: ModelGrant, standing: Standing | None) -> bool:
    """Tell whether a role holds all that calling a model takes, so that can_use would change nothing."""
    if standing is None or grant.privilege != "USAGE" or grant.option:
        return False
    needs = (need for need in list_use_needs(model) if is_fit(standing.role, need))
    return all(standing.find(need) is not None for need in needs)


def _spell(model: ObjectName, grant: ModelGrant) -> Mapping[str, object]:
    option = {"with_grant_option": True} if grant.option else {}
    return {"privilege": grant.privilege, "model": str(model), **option}


def find_name(names: Iterable[str], given: str, home: SchemaName, model: ObjectName) -> bool:
    """Tell whether what was given on the command line is a model: by a name in manifests, or by its Snowflake name."""
    if given in {*names, model.name}:
        return True
    try:
        return resolve_object(given, home) == model
    except ValueError:
        return False
