from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ftspec.model.address import Address
from ftspec.model.graph import Edge, Graph, Node, build_graph

TRAIN, LLAMA, APP = Address("dataset", "train"), Address("model", "llama"), Address("privileges", "app")
few = st.sampled_from([Address(kind, name) for kind in ("dataset", "model") for name in "abc"])
nodes = st.builds(Node, few, st.sampled_from(["", "ML.A"]))
edges = st.builds(Edge, few, few, st.sampled_from(["trains", "validates", ""]))


def test_what_has_equal_ends_is_one_edge():
    found = build_graph(
        [Node(LLAMA), Node(TRAIN), Node(APP)],
        [Edge(TRAIN, LLAMA, "validates"), Edge(TRAIN, LLAMA, "trains"), Edge(LLAMA, APP, "can_use")],
    )
    assert found == Graph(
        (Node(TRAIN), Node(LLAMA), Node(APP)),
        (Edge(TRAIN, LLAMA, "trains, validates"), Edge(LLAMA, APP, "can_use")),
    )


def test_what_leads_nowhere_or_to_itself_is_left_out():
    assert build_graph([Node(LLAMA)], [Edge(TRAIN, LLAMA), Edge(LLAMA, LLAMA)]) == Graph((Node(LLAMA),), ())


def test_a_part_of_a_graph():
    found = build_graph([Node(LLAMA, "ML.LLAMA"), Node(TRAIN), Node(APP)], [Edge(TRAIN, LLAMA), Edge(LLAMA, APP)])
    part = found.within({LLAMA, TRAIN})
    assert part == Graph((Node(TRAIN), Node(LLAMA, "ML.LLAMA")), (Edge(TRAIN, LLAMA),))
    assert part.with_nodes([LLAMA, APP]) == Graph((Node(TRAIN), Node(LLAMA, "ML.LLAMA"), Node(APP)), part.edges)


@given(st.lists(nodes, unique_by=lambda node: node.address), st.lists(edges), st.randoms())
def test_the_order_in_which_things_come_does_not_matter(listed, joined, random):
    found = build_graph(listed, joined)
    random.shuffle(listed)
    random.shuffle(joined)
    assert build_graph(listed, joined) == found
    known = {node.address for node in found.nodes}
    assert all({edge.source, edge.target} <= known for edge in found.edges)
