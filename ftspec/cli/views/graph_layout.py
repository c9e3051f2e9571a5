"""Where the nodes of a graph stand: in layers from left to right, so that edges cross little. Pure.

A node stands in the layer behind the last of those that lead to it; within a layer nodes are ordered by the mean place
of their neighbours, and an edge over several layers keeps a place in each that it passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from ftspec.model.address import Address
from ftspec.model.graph import Graph

Slot = tuple[int, str, str]
"""A place in a layer: of a node (its kind and name), or of an edge that passes (a number, and two blanks)."""

_SWEEPS = 4
_NODE, _PASSING = 1.0, 0.4


@dataclass(frozen=True, slots=True)
class Layout:
    """The layer of each node, and its height there; for each edge the places that it leads through, ends included.

    Layers count from 0; heights are in nodes, `height` is that of the tallest layer.
    """

    nodes: Mapping[Address, tuple[int, float]]
    paths: tuple[tuple[tuple[int, float], ...], ...]
    layers: int
    height: float


def lay_out(graph: Graph) -> Layout:
    """Give every node and every edge its places; the same graph has the same layout."""
    layers = _find_layers(graph)
    slots: list[list[Slot]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for address, layer in layers.items():
        slots[layer].append((-1, address.kind, address.name))
    chains = []
    for number, edge in enumerate(graph.edges):
        first, last = layers[edge.source], layers[edge.target]
        passed = [(number, "", str(layer)) for layer in range(first + 1, last)]
        for slot, layer in zip(passed, range(first + 1, last), strict=True):
            slots[layer].append(slot)
        chains.append([_slot_of(edge.source), *passed, _slot_of(edge.target)])
    _order(slots, chains)
    places = _place(slots)
    return Layout(
        {address: places[_slot_of(address)] for address in layers},
        tuple(tuple(places[slot] for slot in chain) for chain in chains),
        len(slots),
        max((_height(layer) for layer in slots), default=0.0),
    )


def _slot_of(address: Address) -> Slot:
    return (-1, address.kind, address.name)


def _find_layers(graph: Graph) -> dict[Address, int]:
    """Count the longest way to each node; a graph with a circle, which no project has, still has an end."""
    layers = {node.address: 0 for node in graph.nodes}
    for _ in graph.nodes:
        moved = False
        for edge in graph.edges:
            wanted = min(layers[edge.source] + 1, len(graph.nodes) - 1)
            if layers[edge.target] < wanted:
                layers[edge.target] = wanted
                moved = True
        if not moved:
            break
    return layers


def _order(slots: list[list[Slot]], chains: list[list[Slot]]) -> None:
    """Order each layer by the mean place of its neighbours in the one before, then in the one behind, some times."""
    before: dict[Slot, list[Slot]] = {}
    behind: dict[Slot, list[Slot]] = {}
    for chain in chains:
        for one, other in pairwise(chain):
            before.setdefault(other, []).append(one)
            behind.setdefault(one, []).append(other)
    for sweep in range(_SWEEPS):
        neighbours = behind if sweep % 2 else before
        for layer in reversed(slots) if sweep % 2 else slots:
            middles = {slot: place for found in slots for slot, place in _middles(found)}
            place = {slot: _mean([middles[each] for each in neighbours.get(slot, [slot])]) for slot in layer}
            layer.sort(key=place.__getitem__)


def _middles(layer: list[Slot]) -> list[tuple[Slot, float]]:
    """Give the middle of each slot, from the middle of its layer."""
    found = []
    top = -_height(layer) / 2
    for slot in layer:
        size = _size(slot)
        found.append((slot, top + size / 2))
        top += size
    return found


def _place(slots: list[list[Slot]]) -> dict[Slot, tuple[int, float]]:
    tallest = max((_height(layer) for layer in slots), default=0.0)
    return {
        slot: (number, middle + tallest / 2) for number, layer in enumerate(slots) for slot, middle in _middles(layer)
    }


def _height(layer: list[Slot]) -> float:
    return sum(_size(slot) for slot in layer)


def _size(slot: Slot) -> float:
    return _NODE if slot[0] < 0 else _PASSING


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
