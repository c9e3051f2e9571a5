"""The faults that are in force: the rules, and who waits at a pause."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping

from ftspec.emulator.injection.rules import Rule, RuleError, choose_faults, read_rule


class Faults:
    """What was asked for. It is used by one thread alone, that of the server's event loop."""

    def __init__(self) -> None:
        self.rules: tuple[Rule, ...] = ()
        self._numbers = itertools.count(1)
        self._gates: dict[int, asyncio.Event] = {}
        self._waiting: dict[int, int] = {}

    @property
    def is_active(self) -> bool:
        """Tell whether any request may meet a fault."""
        return bool(self.rules)

    def add(self, body: Mapping[str, object]) -> Rule:
        """Make a rule; raises RuleError."""
        rule = read_rule(body, next(self._numbers))
        self.rules += (rule,)
        self._gates[rule.number] = asyncio.Event()
        return rule

    def find(self, number: int) -> Rule:
        """Give a rule; raises RuleError where there is none."""
        for rule in self.rules:
            if rule.number == number:
                return rule
        raise RuleError(f"there is no rule {number}")

    def remove(self, number: int) -> None:
        """Take a rule away, and release whoever waits at it; raises RuleError where there is none."""
        rule = self.find(number)
        self.rules = tuple(other for other in self.rules if other is not rule)
        self._gates.pop(number).set()

    def describe(self, rule: Rule) -> dict[str, object]:
        """Give a rule as JSON data, with how many requests wait at it."""
        return {**rule.to_dict(), "waiting": self._waiting.get(rule.number, 0)}

    def arrive(self, path: str, sql: str) -> tuple[Rule, ...]:
        """Choose what is done to a request that has come."""
        self.rules, chosen = choose_faults(self.rules, path, sql)
        return chosen

    async def wait_at(self, rule: Rule) -> None:
        """Wait until a rule is taken away."""
        gate = self._gates.get(rule.number)
        if gate is None:
            return
        self._waiting[rule.number] = self._waiting.get(rule.number, 0) + 1
        try:
            await gate.wait()
        finally:
            self._waiting[rule.number] -= 1
