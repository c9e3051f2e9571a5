"""What ftspec manages, one module a kind. Pure: a kind declares, reads, observes, decides and steps."""

from __future__ import annotations

from typing import Any

from ftspec.resources.base import Kind
from ftspec.resources.dataset import DatasetKind
from ftspec.resources.fine_tuned_model import FineTunedModelKind
from ftspec.resources.privileges import PrivilegesKind

KINDS: tuple[Kind[Any, Any], ...] = (DatasetKind(), FineTunedModelKind(), PrivilegesKind())
"""The only list of kinds, in the order in which they are declared: each sees what the ones before it export.

`Any`: each kind has its own desired and actual types, which only the kind itself looks into.
"""
