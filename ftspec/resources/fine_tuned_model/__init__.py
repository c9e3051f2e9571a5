"""Fine-tuned models: declared from a base model and datasets, trained by a paid job, kept as a model object."""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.manifest.document import Document
from ftspec.model.address import Address
from ftspec.model.change import Change
from ftspec.model.diagnostics import Diagnostics
from ftspec.model.plan import Step
from ftspec.resources.base import Export, Exports, Query, Scope, Seen
from ftspec.resources.fine_tuned_model.actual import LiveModel, Model
from ftspec.resources.fine_tuned_model.adopting import Sight, adopt_model, ask_sight, observe_sight
from ftspec.resources.fine_tuned_model.choosing import own_live
from ftspec.resources.fine_tuned_model.decision import decide_model
from ftspec.resources.fine_tuned_model.desired import NOUN, FineTunedModel, declare_model, export_model
from ftspec.resources.fine_tuned_model.figures import ask_training, read_figures
from ftspec.resources.fine_tuned_model.judging import judge_alone, judge_training
from ftspec.resources.fine_tuned_model.reading import observe_marked, observe_models, read_models
from ftspec.resources.fine_tuned_model.returning import find_previous, forget_models, resume_model, roll_back
from ftspec.resources.fine_tuned_model.steps import model_steps
from ftspec.resources.fine_tuned_model.undeclared import decide_undeclared

__all__ = [
    "FineTunedModel",
    "FineTunedModelKind",
    "LiveModel",
    "Model",
    "Sight",
    "adopt_model",
    "ask_sight",
    "ask_training",
    "find_previous",
    "forget_models",
    "judge_alone",
    "judge_training",
    "observe_marked",
    "observe_sight",
    "own_live",
    "read_figures",
    "resume_model",
    "roll_back",
]


class FineTunedModelKind:
    """Fine-tuned models."""

    name = "FineTunedModel"
    noun = NOUN

    def declare(self, document: Document, scope: Scope, exports: Exports) -> tuple[FineTunedModel | None, Diagnostics]:
        """Fill in the defaults, fold the name, and find the datasets."""
        return declare_model(document, scope, exports)

    def combine(self, declared: tuple[FineTunedModel, ...]) -> tuple[FineTunedModel, ...]:
        """Leave each model by itself."""
        return declared

    def export(self, desired: FineTunedModel) -> Export:
        """Let privileges see the model's name and what is read to train it."""
        return export_model(desired)

    def read(self, desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
        """Ask for jobs and models, then for what explains them, then for the rows of what will train."""
        return read_models(desired, scope, seen)

    def observe(self, desired: tuple[FineTunedModel, ...], scope: Scope, seen: Seen) -> Mapping[Address, Model]:
        """Parse the answers, by column name."""
        return observe_models(desired, scope, seen)

    def decide(self, address: Address, desired: FineTunedModel | None, actual: Model, scope: Scope) -> Change:
        """Try the rows of the decision table in order."""
        if desired is None:
            return decide_undeclared(address, actual, scope)
        return decide_model(desired, actual, scope)

    def steps(self, change: Change, desired: FineTunedModel | None, actual: Model, scope: Scope) -> tuple[Step, ...]:
        """List the steps of a change."""
        return model_steps(change, desired, actual, scope)
