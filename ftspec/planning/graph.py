"""Desired resources to their dependency graph."""

from __future__ import annotations

from ftspec.model.graph import Edge, Graph, Node, build_graph
from ftspec.planning.desired import DesiredState


def draw_desired(desired: DesiredState) -> Graph:
    """Join what the manifests declare by what they say of each other."""
    declared = [entry for listed in desired.declared.values() for entry in listed]
    nodes = (Node(entry.address, entry.detail) for entry in declared)
    edges = (Edge(source, entry.address, label) for entry in declared for source, label in entry.links)
    return build_graph(nodes, edges)
