"""What is granted on a live model at once, although the model is about to change."""

from __future__ import annotations

from collections.abc import Iterable

from ftspec.resources.base import Seen
from ftspec.resources.grant import MODEL, Grant, Grantee
from ftspec.resources.privileges.desired import Wanted
from ftspec.resources.standing import observe_standing


def find_early(missing: Iterable[Wanted], grantee: Grantee, seen: Seen, databases: tuple[str, ...]) -> frozenset[Grant]:
    """List what a grantee has on a live model through another role and is to hold itself.

    That role may lose it in the same plan, and a training takes hours.
    """
    made = [entry.grant for entry in missing if entry.model is not None and entry.grant.object_type == MODEL]
    if not made:
        return frozenset()
    standing = observe_standing(grantee, seen, databases=databases)
    return frozenset(grant for grant in made if standing.find(grant))
