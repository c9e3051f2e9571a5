"""What Snowflake says of all declared data, whether it is about to train or not: `validate --online`."""

from __future__ import annotations

from ftspec.model.diagnostics import Diagnostics, sort_diagnostics
from ftspec.planning.desired import DesiredState
from ftspec.resources.base import Export, Query, Scope, Seen, is_absent
from ftspec.resources.dataset import Dataset, DatasetKind
from ftspec.resources.fine_tuned_model import FineTunedModel, ask_training, judge_alone, judge_training, read_figures
from ftspec.resources.fine_tuned_model.figures import pair_limits
from ftspec.resources.profile import explain, parse_profile, profile


def ask_online(desired: DesiredState, scope: Scope) -> tuple[Query, ...]:
    """Ask of every model what a training would ask, and of datasets that no model has whether they are as expected."""
    asked = {query for model in _models(desired) for query in ask_training(model, scope)}
    for source in _unused(desired):
        asked |= {explain(source.query), profile(source.query, pair_limits(scope))}
    return tuple(sorted(asked))


def judge_online(desired: DesiredState, seen: Seen, scope: Scope) -> Diagnostics:
    """Judge what was read; what several models share is told once."""
    found = [
        model.document.locate(note)
        for model in _models(desired)
        for note in judge_training(model, read_figures(model, scope, seen), scope)
    ]
    limits = pair_limits(scope)
    for source in _unused(desired):
        if source.file is not None and is_absent(seen[explain(source.query)]):
            continue  # its rows were checked where the file was read, and are not loaded yet
        counted = parse_profile(seen[profile(source.query, limits)], limits)
        found += judge_alone(source, seen[explain(source.query)], counted)
    return sort_diagnostics(tuple(dict.fromkeys(found)))


def _models(desired: DesiredState) -> tuple[FineTunedModel, ...]:
    return tuple(entry for entry in desired.declared.get("model", ()) if isinstance(entry, FineTunedModel))


def _unused(desired: DesiredState) -> tuple[Export, ...]:
    used = {address for model in _models(desired) for address in model.depends_on}
    declared = (entry for entry in desired.declared.get("dataset", ()) if isinstance(entry, Dataset))
    return tuple(DatasetKind().export(entry) for entry in declared if entry.address not in used)
