"""What manifests will be able to say in a later version: refused until then, with a message that says so."""

from __future__ import annotations

# By kind and path; `*` stands for any one key or index.
_KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    "FineTunedModel": {
        "spec": ("checks",),
    },
}
_VALUES: dict[str, dict[str, tuple[str, ...]]] = {}

# Those that will stand for something that is required until then: its absence is no second fault.
_STAND_INS: frozenset[str] = frozenset()


def is_later_key(kind: str, path: str, key: str) -> bool:
    """Tell whether a later version will know the key at that path."""
    return any(key in keys for place, keys in _KEYS.get(kind, {}).items() if _matches(place, path))


def stands_in(kind: str, path: str, key: str) -> bool:
    """Tell whether the key at that path will, in a later version, stand for one that is required now."""
    return key in _STAND_INS and is_later_key(kind, path, key)


def is_later_value(kind: str, path: str, value: object) -> bool:
    """Tell whether a later version will know the value at that path."""
    return any(value in values for place, values in _VALUES.get(kind, {}).items() if _matches(place, path))


def _matches(place: str, path: str) -> bool:
    wanted, given = place.split("/"), path.split("/")
    return len(wanted) == len(given) and all(one in {"*", two} for one, two in zip(wanted, given, strict=True))
