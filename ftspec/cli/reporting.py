"""Reports and graphs: what a plan or a status is written into as a file for people."""

from __future__ import annotations

from pathlib import Path

from ftspec import errands
from ftspec.backends.planfile import check_writable, read_plan_file, write_text_file
from ftspec.cli.run import Exit, open_session, require_project, run
from ftspec.cli.settings import Settings
from ftspec.cli.views.base import View
from ftspec.cli.views.graph_svg import draw_graph
from ftspec.cli.views.plan_html import render_plan_html
from ftspec.cli.views.status_html import render_status_html
from ftspec.model.plan import Plan
from ftspec.planning.graph import draw_desired
from ftspec.planning.planfile import plan_to_dict
from ftspec.resources.base_model import CATALOGUE, BaseModel


def run_graph(settings: Settings) -> Exit:
    """Show the dependency graph of what is declared."""

    def body(view: View) -> Exit:
        graph = draw_desired(require_project(settings, view).desired)
        if settings.format == "svg":
            view.show_text(draw_graph(graph).text)
        else:
            view.show_graph(graph)
        return Exit.DONE

    return run(settings, body)


def run_show(settings: Settings, path: Path, html: Path | None) -> Exit:
    """Show a saved plan, and write its report, in which base models of the catalogue alone have limits."""

    def body(view: View) -> Exit:
        check_writable(html)
        plan = read_plan_file(path).plan
        view.show_plan(plan)
        write_plan_report(plan, html, view)
        return Exit.DONE

    return run(settings, body)


def write_plan_report(
    plan: Plan, path: Path | None, view: View, own: tuple[BaseModel, ...] = (), *, drift: bool = False
) -> None:
    """Write the report of a plan, where one is asked for; `own` are base models that the project describes."""
    if path is None:
        return
    limits = {model.name: model.pair_limit for model in (*CATALOGUE, *own) if model.pair_limit is not None}
    write_text_file(path, render_plan_html(plan_to_dict(plan), limits, drift=drift))
    view.show_message(f"wrote the report {path}")


def run_status_report(settings: Settings, path: Path) -> Exit:
    """Show models and jobs, and write their report, with who may use them."""

    def body(view: View) -> Exit:
        check_writable(path)
        loaded = require_project(settings, view)
        with open_session(settings, loaded, view) as session:
            statuses = errands.show_status(loaded, session, curves=True)
            access = errands.show_access(loaded, session)
            role = session.identity.role
        place = [("project", loaded.scope.project), ("environment", loaded.scope.environment), ("role", role)]
        view.show_status(statuses)
        write_text_file(path, render_status_html(place, statuses, access, draw_desired(loaded.desired)))
        view.show_message(f"wrote the report {path}")
        return Exit.DONE

    return run(settings, body)
