from __future__ import annotations

from graphlib import CycleError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.model.address import Address, ObjectName
from ftspec.model.plan import AwaitJob, Execute
from ftspec.planning.order import link_steps, order_addresses, sort_steps

MODEL = ObjectName("ML", "SUPPORT", "M")
NAMES = tuple("abcdefgh")


def address(name):
    return Address("model", name)


def do(identity, *, of="m", after=(), needs=()):
    needed = tuple(address(need) for need in needs)
    return Execute(id=identity, address=address(of), title=identity, sql=("SELECT 1",), after=after, needs=needed)


def wait(identity, *, of="m", after=()):
    return AwaitJob(id=identity, address=address(of), title=identity, job="ft_1", model=MODEL, after=after)


@st.composite
def graphs(draw):
    """Draw names, each with what it needs among the names before it."""
    size = draw(st.integers(1, len(NAMES)))
    return {
        name: draw(st.lists(st.sampled_from(NAMES[:at]), unique=True)) if at else []
        for at, name in enumerate(NAMES[:size])
    }


@given(graphs(), st.randoms(use_true_random=False))
def test_addresses_come_after_what_they_need_whatever_order_they_came_in(graph, random):
    dependencies = {address(name): [address(need) for need in needs] for name, needs in graph.items()}
    ordered = order_addresses(dependencies)
    assert sorted(ordered) == sorted(dependencies)
    for name, needs in dependencies.items():
        assert all(ordered.index(need) < ordered.index(name) for need in needs)
    mixed = random.sample(list(dependencies), len(dependencies))
    assert ordered == order_addresses(
        {name: random.sample(dependencies[name], len(dependencies[name])) for name in mixed}
    )


def test_addresses_without_dependencies_are_sorted_and_strangers_left_out():
    found = order_addresses({address("b"): [Address("dataset", "d")], address("a"): []})
    assert found == (address("a"), address("b"))


def test_a_ring_is_a_bug():
    with pytest.raises(CycleError):
        order_addresses({address("a"): [address("b")], address("b"): [address("a")]})


@given(graphs(), st.sets(st.sampled_from(NAMES)))
def test_steps_come_after_what_they_wait_for_and_none_is_lost(graph, jobs):
    steps = tuple((wait if name in jobs else do)(name, after=tuple(needs)) for name, needs in reversed(graph.items()))
    ordered = [step.id for step in sort_steps(steps)]
    assert sorted(ordered) == sorted(graph)
    for name, needs in graph.items():
        assert all(ordered.index(need) < ordered.index(name) for need in needs)


@given(graphs(), st.sets(st.sampled_from(NAMES)))
def test_a_job_is_waited_for_only_when_nothing_else_can_be_done(graph, jobs):
    steps = tuple((wait if name in jobs else do)(name, after=tuple(needs)) for name, needs in graph.items())
    done = set()
    for step in sort_steps(steps):
        ready = [other for other in steps if other.id not in done and done.issuperset(other.after)]
        assert isinstance(step, Execute) or not any(isinstance(other, Execute) for other in ready)
        done.add(step.id)


def test_sorted_steps_keep_their_order_where_they_may():
    steps = (do("z"), do("a"), wait("w", after=("z",)), do("k"))
    assert [step.id for step in sort_steps(steps)] == ["z", "a", "k", "w"]


def test_what_a_resource_needs_becomes_the_last_steps_of_it():
    steps = (
        do("train", of="m"),
        wait("await", of="m", after=("train",)),
        do("mark", of="m", after=("await",)),
        do("side", of="m"),
        do("grant", of="p", after=("side",), needs=("m", "untouched")),
        do("other", of="p"),
    )
    linked = {step.id: step.after for step in link_steps(steps)}
    assert linked == {
        "train": (),
        "await": ("train",),
        "mark": ("await",),
        "side": (),
        "grant": ("mark", "side"),
        "other": (),
    }
