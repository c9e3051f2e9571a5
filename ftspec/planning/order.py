"""Dependencies to an order: deterministic, and the same whatever order things came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter

from ftspec.model.address import Address
from ftspec.model.plan import AwaitJob, Hazard, Step


def order_addresses(dependencies: Mapping[Address, Iterable[Address]]) -> tuple[Address, ...]:
    """Order addresses so that each comes after what it depends on, by address where both would do."""
    sorter: TopologicalSorter[Address] = TopologicalSorter(
        {address: [need for need in needs if need in dependencies] for address, needs in dependencies.items()}
    )
    sorter.prepare()
    ordered: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    return tuple(ordered)


def link_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Turn the resources that a step needs into the last steps of those resources; nothing waits for tidying up."""
    last: dict[Address, tuple[str, ...]] = {}
    for address in {step.address for step in steps}:
        own = [step for step in steps if step.address == address and Hazard.PRUNES not in step.hazards]
        awaited = {identity for step in own for identity in step.after}
        last[address] = tuple(step.id for step in own if step.id not in awaited)
    linked = [
        replace(
            step, after=tuple(sorted({*step.after, *(found for need in step.needs for found in last.get(need, ()))}))
        )
        for step in steps
    ]
    return tuple(_give_first(step, linked) for step in linked)


def _give_first(step: Step, steps: Iterable[Step]) -> Step:
    """Let what takes away wait for what its kind gives: for all that waits for nothing more than it does itself."""
    if Hazard.REVOKES not in step.hazards:
        return step
    given = [
        other.id
        for other in steps
        if other.address.kind == step.address.kind
        if Hazard.REVOKES not in other.hazards and set(other.after) <= set(step.after)
    ]
    return replace(step, after=tuple(sorted({*step.after, *given})))


def sort_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Sort steps topologically, in the order in which one pair of hands does them.

    Among those that are ready, waiting comes last, and else the one that was listed first comes first.
    """
    place = {step.id: (isinstance(step, AwaitJob), index) for index, step in enumerate(steps)}
    sorter: TopologicalSorter[str] = TopologicalSorter({step.id: step.after for step in steps})
    sorter.prepare()
    ordered: list[Step] = []
    ready = sorted(sorter.get_ready(), key=place.__getitem__)
    while ready:
        identity = ready.pop(0)
        ordered.append(steps[place[identity][1]])
        sorter.done(identity)
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
    return tuple(ordered)
