"""The status of models as an HTML report: what is live, what trains, what it came to, and who may use it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ftspec import __version__
from ftspec.cli.views.curve_chart import draw_curve
from ftspec.cli.views.graph_svg import draw_graph
from ftspec.cli.views.markup import Child, Markup, element, join
from ftspec.cli.views.plan_text import format_number
from ftspec.cli.views.report_page import code, definition, page, scrolling, table
from ftspec.cli.views.status_text import write_moment
from ftspec.engine.access import ModelAccess, Reach
from ftspec.engine.status import ModelStatus
from ftspec.model.graph import Graph
from ftspec.resources.finetune import Job


def render_status_html(
    place: Sequence[tuple[str, str]], statuses: Sequence[ModelStatus], access: Sequence[ModelAccess], graph: Graph
) -> str:
    """Write models and their jobs, what is made from what, and who can call and train each; `place` says where."""
    jobs = [(found, found.job) for found in statuses if found.job is not None]
    head = [definition((name, code(value)) for name, value in place)]
    sections = [
        ("Models", _models(statuses)),
        ("Trainings", _trainings(jobs)),
        ("Losses", join(_curves(statuses))),
        ("Dependencies", scrolling(draw_graph(graph, alone=False), "Dependencies") if graph.nodes else Markup("")),
        ("Access", _access(access)),
    ]
    return page(f"Status of {', '.join(value for _, value in place[:2])}", head, sections, __version__)


def _models(statuses: Sequence[ModelStatus]) -> Markup:
    rows = [
        (
            code(found.address.name),
            found.words,
            code(str(found.model or "")),
            write_moment(found.made.made_on) if found.made is not None else "",
            code(found.owner) if found.owner else "",
            found.reason if found.action.is_change else "",
            join((code(str(name)) for name in found.leftovers), ", "),
        )
        for found in statuses
    ]
    titles = ("Model", "State", "In Snowflake", "Made", "Owner", "What a plan says", "Beside it")
    return table("The models of the project", titles, rows, frozenset())


def _trainings(jobs: Sequence[tuple[ModelStatus, Job]]) -> Markup:
    rows = [
        (
            code(found.address.name),
            code(job.id),
            f"{job.status.value} {job.progress:.0%}" if job.status.is_running else job.status.value,
            _loss(job.training_loss),
            _loss(job.validation_loss),
            "" if job.trained_tokens is None else format_number(job.trained_tokens),
        )
        for found, job in jobs
    ]
    titles = ("Model", "Job", "Status", "Training loss", "Validation loss", "Tokens trained")
    return table("The job that matters of each model", titles, rows, frozenset({3, 4, 5}))


def _curves(statuses: Sequence[ModelStatus]) -> Iterator[Markup]:
    """Draw what the training of each model that is there recorded, or say why nobody knows it."""
    for found in statuses:
        if found.curve is None:
            continue
        yield element("h3", found.address.name)
        if found.curve.unread:
            yield element("p", f"Not available: {found.curve.unread}", class_="faint")
        else:
            yield draw_curve(found.address.name, found.curve.steps)


def _loss(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _access(access: Sequence[ModelAccess]) -> Markup:
    rows = [
        (code(found.address.name), word, code(str(reach.grantee)), *_reach(reach))
        for found in access
        for word, reaches in (("call", found.callers), ("train", found.trainers))
        for reach in reaches
    ]
    return table("Who can call and train each model", ("Model", "To", "Role", "Can", "Held by"), rows, frozenset())


def _reach(reach: Reach) -> tuple[Child, Child]:
    doubt = "no" if reach.complete else "perhaps not"
    can = f"{doubt}: lacks {', '.join(reach.lacks)}" if reach.lacks else "yes"
    names = [f"{kind.lower()} {name}" for kind, name in reach.holders]
    more = [f"{reach.more} more"] if reach.more else []
    return can, element("span", ", ".join([*names, *more]) or "nobody")
