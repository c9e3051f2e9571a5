"""The versions of a model, as values: what its record in the catalog keeps.

https://docs.snowflake.com/en/sql-reference/sql/alter-model
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ftspec.emulator.catalog import Entry

FIRST_VERSION = "V1"
SYSTEM_ALIASES = ("DEFAULT", "FIRST", "LAST")
MOST_VERSIONS = 1000
_TYPE = "CORTEX_FINETUNED"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the job that trained it, `created` in epoch milliseconds, its own alias or ""."""

    name: str
    job: str
    base_model: str
    created: int
    comment: str = ""
    metadata: str = "{}"
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """The versions of a model, oldest first, and the name of the default one."""

    versions: tuple[Version, ...]
    default: str

    @property
    def default_version(self) -> Version:
        """Give the version that is asked when none is named."""
        return next(version for version in self.versions if version.name == self.default)

    def find(self, name: str) -> Version | None:
        """Find a version by its name, its alias or a system alias."""
        match name:
            case "DEFAULT":
                return self.default_version
            case "FIRST":
                return self.versions[0]
            case "LAST":
                return self.versions[-1]
            case _:
                return next((one for one in self.versions if name in {one.name, one.alias}), None)

    def aliases(self) -> dict[str, str]:
        """Give every alias with the version it stands for, system aliases included."""
        system = {"DEFAULT": self.default, "FIRST": self.versions[0].name, "LAST": self.versions[-1].name}
        return system | {one.alias: one.name for one in self.versions if one.alias}

    def with_version(self, version: Version) -> Model:
        """Give the model with a version in the place of the one of its name, or added."""
        if any(one.name == version.name for one in self.versions):
            return replace(self, versions=tuple(version if one.name == version.name else one for one in self.versions))
        return replace(self, versions=(*self.versions, version))

    def to_extra(self) -> dict[str, object]:
        """Give what the catalog keeps."""
        return {"MODEL_TYPE": _TYPE, "DEFAULT": self.default, "VERSIONS": [asdict(one) for one in self.versions]}


def read_model(entry: Entry) -> Model:
    """Read the versions of a model from its record."""
    versions: Any = entry.extra["VERSIONS"]
    return Model(tuple(Version(**one) for one in versions), str(entry.extra["DEFAULT"]))


def write_model(entry: Entry, model: Model) -> Entry:
    """Put versions into a model's record; what else it keeps stays."""
    return replace(entry, extra={**entry.extra, **model.to_extra()})


def is_metadata(text: str) -> bool:
    """Say whether a text is a JSON object, as the metadata of a version must be."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, Mapping)
