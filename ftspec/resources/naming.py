"""Names of models that do not stand under their own name: candidates before a swap, and those kept after it.

Snowflake gives a second model of one name a suffix of its own choosing, so a job is only ever submitted under a name
that was seen to be free.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Collection
from dataclasses import replace

from ftspec.model.address import ObjectName

_DIGITS = 8
_SUFFIX = re.compile(r"_.+")


def name_beside(model: ObjectName, spec: str, data: str, taken: Collection[ObjectName]) -> ObjectName:
    """Give the first free of `NAME__<8 hex of SHA-256(spec, data)>`, and the same with _2, _3 … behind it."""
    stem = name_aside(model, spec, data)
    names = (stem if number == 1 else replace(stem, name=f"{stem.name}_{number}") for number in itertools.count(1))
    return next(name for name in names if name not in taken)


def name_aside(model: ObjectName, spec: str, data: str) -> ObjectName:
    """Give `NAME__<8 hex of SHA-256(spec, data)>`, under which a model is kept when another takes its place."""
    digits = hashlib.sha256(f"{spec} {data}".encode()).hexdigest()[:_DIGITS].upper()
    return replace(model, name=f"{model.name}__{digits}")


def suffix_beside(name: ObjectName, model: ObjectName) -> str:
    """Give what tells a name beside a model's own from it, in the letters that a marker may have."""
    return name.name.removeprefix(f"{model.name}__").lower()


def named_beside(model: ObjectName, suffix: str) -> ObjectName:
    """Give the name that a suffix tells from a model's own."""
    return replace(model, name=f"{model.name}__{suffix.upper()}")


def looks_like_candidate(name: ObjectName, model: ObjectName) -> bool:
    """Tell whether a name may be that of a candidate, or the model's own with a suffix that Snowflake appended."""
    if name.parent != model.parent or not name.name.startswith(model.name):
        return False
    return _SUFFIX.fullmatch(name.name.removeprefix(model.name)) is not None
