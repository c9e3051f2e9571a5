"""Models as SHOW listed them for whoever else asked: which are there, and which were live under another name before."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ftspec.model.address import ObjectName
from ftspec.resources.base import Refusal, Scope, Seen
from ftspec.resources.marker import split_comment

_SHOW = "SHOW MODELS "
_KEPT = re.compile(r"(.+)__[0-9A-F]{8}(?:_[0-9]+)?")


def list_models(seen: Seen) -> frozenset[str]:
    """Name the models that were listed, as SQL writes them."""
    return frozenset(str(name) for name, _ in _listed(seen))


def find_live_names(seen: Seen, scope: Scope, renamed: Mapping[str, str]) -> Mapping[str, str]:
    """Find the models of this project that are not called as they are when live: that name, by the one they have now.

    They were live before, or are about to be `renamed`, which is by the resource's name before.
    """
    found = {}
    for name, comment in _listed(seen):
        _, marker = split_comment(comment)
        match = _KEPT.fullmatch(name.name)
        if marker is None or not marker.is_of(scope):
            continue
        if marker.resource in renamed:
            found[str(name)] = renamed[marker.resource]
        elif match is not None:
            found[str(name)] = str(name.parent.join(match[1]))
    return found


def _listed(seen: Seen) -> list[tuple[ObjectName, str]]:
    found = []
    for query, answer in seen.items():
        if query.sql.startswith(_SHOW) and not isinstance(answer, Refusal):
            for row in answer:
                name = ObjectName(str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
                found.append((name, str(row.get("comment") or "")))
    return sorted(found)
