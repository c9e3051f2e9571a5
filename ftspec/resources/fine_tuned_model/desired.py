"""A declared fine-tuned model."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ftspec.manifest.document import Document
from ftspec.model.address import Address, ObjectName, resolve_object
from ftspec.model.diagnostics import Diagnostic, Diagnostics, Severity, has_errors
from ftspec.resources.base import Export, Exports, Scope, StandsAs
from ftspec.resources.base_model import CATALOGUE, find_base_model
from ftspec.resources.holdout import KEY, count_buckets, select_training, select_validation
from ftspec.resources.marker import NONE, spec_fingerprint

NOUN = "model"
NO_DATA = Export(Address("dataset", ""))
"""What a model that is never trained learns from."""
KEPT = 1
"""Earlier models that are kept for rollback, unless the manifest says otherwise."""
LONGEST_NAME = 240
"""Characters of a model's name: a candidate's suffix must fit behind it."""


@dataclass(frozen=True, slots=True)
class DataChanges:
    """How much data must have moved, and how old the live model must be, before it is trained again."""

    interval_seconds: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class FineTunedModel:
    """A declared model: `fingerprint` is of all that makes it what it is; `comment` None is not managed.

    `holdout` is how many buckets of the training data's prompts it is validated on; `training` and `validation` are
    then the two sides of one dataset. A model that is never trained has NO_DATA, NONE for a fingerprint, and a
    `base_model` only where the manifest tells it.
    """

    address: Address
    document: Document
    model: ObjectName
    base_model: str
    training: Export
    validation: Export | None
    options: tuple[tuple[str, int], ...]
    comment: str | None
    fingerprint: str
    retrain_on: frozenset[str] = frozenset({"spec"})
    changes: DataChanges = DataChanges()
    protected: bool = False
    renamed_from: str | None = None
    keep_previous: int = KEPT
    in_place: bool = False
    holdout: int | None = None

    @property
    def trains(self) -> bool:
        """Tell whether the manifest says what to train it from; else it is kept as it is."""
        return self.training is not NO_DATA

    @property
    def sources(self) -> tuple[Export, ...]:
        """Give what it learns from, and then what it is validated on; nothing for one that is never trained."""
        if not self.trains:
            return ()
        return (self.training,) if self.validation is None else (self.training, self.validation)

    @property
    def depends_on(self) -> tuple[Address, ...]:
        """Name the datasets that it learns from and is validated on."""
        return tuple(dict.fromkeys(source.address for source in self.sources))

    @property
    def standing(self) -> tuple[Address, ...]:
        """Name the datasets that must stand in Snowflake before a job can read them."""
        return tuple(sorted({source.address for source in self.sources if source.stands_as is not StandsAs.INLINE}))

    @property
    def detail(self) -> str:
        """Give the model's name in Snowflake."""
        return str(self.model)

    @property
    def links(self) -> tuple[tuple[Address, str], ...]:
        """Name its datasets, and what it takes them for."""
        return tuple(
            (source.address, word)
            for source, word in ((self.training, "trains"), (self.validation, "validates"))
            if source is not None
        )

    @property
    def reads(self) -> tuple[ObjectName, ...]:
        """Name the tables and views that its datasets are read from."""
        return tuple(sorted({name for source in self.sources for name in source.reads}))

    @property
    def creates(self) -> tuple[str, ...]:
        """Name the kinds of objects that its datasets make in the project's schema."""
        return tuple(sorted({kind for source in self.sources for kind in source.creates}))

    @property
    def retrains_on_data(self) -> bool:
        """Tell whether the model is to be trained again when its rows have moved."""
        return "data" in self.retrain_on

    @property
    def epochs(self) -> int | None:
        """Give the declared number of epochs; None where Snowflake decides."""
        return dict(self.options).get("max_epochs")


def declare_model(document: Document, scope: Scope, exports: Exports) -> tuple[FineTunedModel | None, Diagnostics]:
    """Fill in the defaults, fold the name, and find the datasets."""
    spec = document.spec
    base_model = str(spec.get("base_model", ""))
    name, faults = _model_name(document, scope)
    training, missing = _find_training(spec, scope, exports)
    faults += missing
    holdout = _read_holdout(spec)
    validation = None
    if "validation_data" in spec and holdout is None:
        validation, missing = _find_dataset(str(spec["validation_data"]), "spec/validation_data", exports)
        faults += missing
    faults += _check_retraining(spec, training)
    if name is None or training is None or has_errors(faults):
        return None, faults
    given = spec.get("options")
    options = {key: int(str(value)) for key, value in given.items()} if isinstance(given, Mapping) else {}
    training, validation, validated = _arrange(training, validation, holdout)
    is_told = training is not NO_DATA
    fingerprint = spec_fingerprint(base_model, options, training.source, validated) if is_told else NONE
    model = FineTunedModel(
        address=Address(NOUN, document.name),
        document=document,
        model=name,
        base_model=base_model,
        training=training,
        validation=validation,
        options=tuple(sorted(options.items())),
        comment=_text(spec, "comment"),
        fingerprint=fingerprint,
        retrain_on=_retrain_on(spec),
        changes=_read_changes(spec.get("data_changes")),
        protected=spec.get("deletion_protection") is True,
        renamed_from=_text(spec, "renamed_from"),
        keep_previous=int(str(spec.get("keep_previous", KEPT))),
        in_place=spec.get("rollout") == "in_place",
        holdout=holdout,
    )
    return model, faults


def _find_training(spec: Mapping[str, object], scope: Scope, exports: Exports) -> tuple[Export | None, Diagnostics]:
    """Find what the model is trained on, and judge the base model that it is trained from."""
    if "training_data" not in spec:
        return NO_DATA, ()
    faults = _check_base_model(str(spec["base_model"]), scope)
    training, missing = _find_dataset(str(spec["training_data"]), "spec/training_data", exports)
    return training, (*faults, *missing)


def _read_holdout(spec: Mapping[str, object]) -> int | None:
    given = spec.get("validation_data")
    return count_buckets(float(str(given[KEY]))) if isinstance(given, Mapping) else None


def _arrange(
    source: Export, validation: Export | None, holdout: int | None
) -> tuple[Export, Export | None, tuple[str, ...] | None]:
    """Give what is trained and validated on, with a holdout the sides of one dataset, and what declares the latter."""
    if holdout is None:
        return source, validation, validation.source if validation else None
    training = replace(source, query=select_training(source.query, holdout))
    return training, replace(source, query=select_validation(source.query, holdout)), (KEY, str(holdout))


def _text(spec: Mapping[str, object], key: str) -> str | None:
    return None if key not in spec else str(spec[key])


def _retrain_on(spec: Mapping[str, object]) -> frozenset[str]:
    listed = spec.get("retrain_on", ("spec",))
    return frozenset(str(entry) for entry in listed) if isinstance(listed, list | tuple) else frozenset()


def _read_changes(value: object) -> DataChanges:
    given = value if isinstance(value, Mapping) else {}
    interval = str(given.get("min_interval", "0m"))
    return DataChanges(int(interval[:-1]) * _SECONDS[interval[-1]], float(str(given.get("min_share", 0))))


_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def _check_retraining(spec: Mapping[str, object], training: Export | None) -> Diagnostics:
    """Refuse data in retrain_on for rows that are others at every look, and bounds that nothing would ask."""
    retrains = "data" in _retrain_on(spec)
    if retrains and training is NO_DATA:
        message = "'retrain_on' has data, and there is no 'training_data' that could move"
        return (Diagnostic("FT016", message, path="spec/retrain_on", hint="remove it, or add training_data"),)
    if retrains and training is not None and training.undetermined:
        message = f"{training.address} gives other rows each time ({', '.join(training.undetermined)})"
        hint = "with data in retrain_on every apply would train: repair the query, or leave data out"
        return (Diagnostic("FT106", message, path="spec/retrain_on", hint=hint),)
    if "data_changes" in spec and not retrains:
        message = "'data_changes' says when moved data trains again, and 'retrain_on' has no data"
        return (Diagnostic("FT016", message, path="spec/data_changes#key", hint="write retrain_on: [spec, data]"),)
    return ()


def export_model(model: FineTunedModel) -> Export:
    """Let privileges see the model's name and what is read to train it."""
    return Export(
        model.address,
        made=model.model,
        object_type="MODEL",
        reads=model.reads,
        creates=model.creates,
        renamed_from=None if model.renamed_from is None else Address(NOUN, model.renamed_from),
    )


def _model_name(document: Document, scope: Scope) -> tuple[ObjectName | None, Diagnostics]:
    path = "spec/model_name" if "model_name" in document.spec else "metadata/name"
    text = str(document.spec.get("model_name", document.name))
    try:
        name = resolve_object(text, scope.home)
    except ValueError as error:
        hint = "write NAME, SCHEMA.NAME or DATABASE.SCHEMA.NAME; other characters take double quotes"
        return None, (Diagnostic("FT015", str(error), path=path, hint=hint),)
    if len(name.name) > LONGEST_NAME:
        return None, (
            Diagnostic("FT015", f"the model name has {len(name.name)} characters, more than {LONGEST_NAME}", path=path),
        )
    return name, ()


def _check_base_model(name: str, scope: Scope) -> Diagnostics:
    if scope.base_models is not None and name not in scope.base_models:
        message = f"{name!r} is not one of the base models that the project's limits allow"
        hint = f"allowed are: {', '.join(scope.base_models) or 'none'}"
        return (Diagnostic("FT111", message, path="spec/base_model", hint=hint),)
    if find_base_model(name, scope.own_base_models) is not None:
        return ()
    names = [model.name for model in (*scope.own_base_models, *CATALOGUE)]
    close = difflib.get_close_matches(name, names, n=1)
    message = f"base model {name!r} is not known: neither its limits nor its end can be checked"
    hint = f"did you mean {close[0]!r}?" if close else "describe it under base_models in ftspec.yaml"
    return (Diagnostic("FT110", message, Severity.WARNING, path="spec/base_model", hint=hint),)


def _find_dataset(name: str, path: str, exports: Exports) -> tuple[Export | None, Diagnostics]:
    found = exports.get(Address("dataset", name))
    if found is not None:
        return found, ()
    known = sorted(address.name for address in exports if address.kind == "dataset")
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"declared are: {', '.join(known) or 'none'}"
    return None, (Diagnostic("FT021", f"there is no Dataset {name!r}", path=path, hint=hint),)
