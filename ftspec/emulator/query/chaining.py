"""Fakesnow's chain of some eighty transformations of one expression, walked faster than sqlglot does it.

The order in which nodes are visited, and what becomes of them, is that of `sqlglot.expressions.Expr.transform`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp


class Chain:
    """An expression whose `transform` changes it in place and gives the chain itself."""

    def __init__(self, expression: exp.Expr) -> None:
        self.expression = expression

    def transform(self, change: Callable[..., Any], *, copy: bool, **given: object) -> Chain:
        """Put what `change` gives for a node in that node's place, from the root on; what is new is not looked into."""
        if copy:
            self.expression = self.expression.copy()
        stack = [self.expression]
        while stack:
            node = stack.pop()
            parent, key, index = node.parent, node.arg_key, node.index
            new = change(node, **given)
            if new is node:
                _push_children(node, stack)
            elif node is self.expression:
                self.expression = new
            elif parent is not None and key:
                parent.set(key, new, index)
        return self


def _push_children(node: exp.Expr, stack: list[exp.Expr]) -> None:
    """Put the children of a node on a stack, the last of them first."""
    for value in reversed(node.args.values()):
        if isinstance(value, exp.Expr):
            stack.append(value)
        elif isinstance(value, list):
            stack.extend(child for child in reversed(value) if isinstance(child, exp.Expr))
