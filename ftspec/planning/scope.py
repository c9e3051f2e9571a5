"""What every kind may know of a project, as its manifest says."""

from __future__ import annotations

from ftspec.manifest.project import Project
from ftspec.resources.base import Scope
from ftspec.resources.base_model import read_base_model


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
