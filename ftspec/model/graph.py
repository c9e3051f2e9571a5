"""The dependency graph of a project: what is made from what, and who may use it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from ftspec.model.address import Address


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A resource; `detail` says what it is in Snowflake, empty where it is nothing by itself."""

    address: Address
    detail: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """What leads from one resource to another that builds on it; `label` says how."""

    source: Address
    target: Address
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges, each once and in order; every edge joins two of the nodes."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def within(self, addresses: AbstractSet[Address]) -> Graph:
        """Leave of the graph what concerns some addresses."""
        nodes = tuple(node for node in self.nodes if node.address in addresses)
        edges = (edge for edge in self.edges if edge.source in addresses and edge.target in addresses)
        return replace(self, nodes=nodes, edges=tuple(edges))

    def with_nodes(self, addresses: Iterable[Address]) -> Graph:
        """Add nodes of resources that nothing more is known of."""
        more = {Node(address) for address in addresses} - {Node(node.address) for node in self.nodes}
        return replace(self, nodes=tuple(sorted({*self.nodes, *more})))


NO_GRAPH = Graph((), ())


def build_graph(nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
    """Put nodes and edges in order; an edge to what is no node, or to itself, is left out; equal ends are one edge."""
    listed = tuple(sorted(set(nodes)))
    known = {node.address for node in listed}
    labels: dict[tuple[Address, Address], list[str]] = {}
    for edge in sorted(set(edges)):
        if edge.source != edge.target and {edge.source, edge.target} <= known:
            labels.setdefault((edge.source, edge.target), []).append(edge.label)
    return Graph(listed, tuple(Edge(*ends, ", ".join(filter(None, found))) for ends, found in sorted(labels.items())))
