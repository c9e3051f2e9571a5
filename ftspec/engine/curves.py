"""Curves: how the losses of the models that are there went down, as the service recorded them."""

from __future__ import annotations

from dataclasses import replace

from ftspec.engine.session import Session
from ftspec.engine.status import Curve, MadeModel, ModelStatus
from ftspec.resources.base import Refusal
from ftspec.resources.training_results import locate_results, parse_results


def read_curves(session: Session, statuses: tuple[ModelStatus, ...]) -> tuple[ModelStatus, ...]:
    """Add to each model what its training recorded: one file each, and what cannot be read says so."""
    made = tuple(found.made for found in statuses if found.made is not None and found.made.version)
    files = session.fetch(tuple(locate_results(model.name, model.version) for model in made))
    read = {model: _read_curve(file) for model, file in zip(made, files, strict=True)}
    return tuple(replace(found, curve=_find_curve(found.made, read)) for found in statuses)


def _find_curve(made: MadeModel | None, read: dict[MadeModel, Curve]) -> Curve | None:
    return None if made is None else read.get(made, Curve(unread="its version is not known"))


def _read_curve(file: str | Refusal) -> Curve:
    if isinstance(file, Refusal):
        return Curve(unread=" ".join(file.message.split()))
    try:
        steps = parse_results(file)
    except ValueError as error:
        return Curve(unread=str(error))
    return Curve(steps) if steps else Curve(unread="nothing was recorded")
