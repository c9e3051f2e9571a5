"""What every kind may know of a project, as its manifest says."""

from __future__ import annotations

from dataclasses import replace

from ftspec.manifest.document import join_path
from ftspec.manifest.project import Project
from ftspec.model.diagnostics import Diagnostics
from ftspec.resources.base import Scope
from ftspec.resources.base_model import read_base_model
from ftspec.resources.privilege_table import check_forbidden


def build_scope(project: Project) -> Scope:
    """Take from a project and its environment what kinds are declared and decided with."""
    environment, limits = project.environment, project.environment.limits
    return Scope(
        project.name,
        environment.name,
        project.home,
        environment.warehouse,
        inference=project.inference,
        journal=environment.journal,
        makes_tables=environment.journal or environment.lock,
        base_models=limits.base_models,
        forbidden_roles=limits.forbidden_roles,
        forbidden_privileges=limits.forbidden_privileges,
        own_base_models=tuple(read_base_model(name, facts) for name, facts in environment.base_models),
        credit_rates=environment.credit_rates,
        on_account=not environment.is_embedded,
    )


def check_privileges(project: Project) -> Diagnostics:
    """Refuse forbidden privileges that there are not, in the limits of the environment or else of the project."""
    own = join_path(join_path("spec/environments", project.environment.name), "limits")
    limits = own if own in project.document.spans else "spec/limits"
    return tuple(
        project.document.locate(replace(fault, path=f"{limits}/forbidden_privileges/{index}"))
        for index, fault in check_forbidden(project.environment.limits.forbidden_privileges)
    )
