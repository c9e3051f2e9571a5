"""What calling and training a model takes: the one list of the privileges that presets, checks and reports go by."""

from __future__ import annotations

from collections.abc import Iterable

from ftspec.model.address import ObjectName, quote
from ftspec.resources.base import Scope
from ftspec.resources.grant import CORTEX_USER, DATABASE_ROLE, Grant


def list_use_needs(model: ObjectName) -> tuple[Grant, ...]:
    """List what calling a model takes (Snowflake: Model privileges; Cortex LLM privileges)."""
    return (
        Grant("DATABASE", quote(model.database), "USAGE"),
        Grant("SCHEMA", str(model.parent), "USAGE"),
        Grant("MODEL", str(model), "USAGE"),
        Grant(DATABASE_ROLE, CORTEX_USER, "USAGE"),
    )


def list_train_needs(
    model: ObjectName, reads: tuple[ObjectName, ...], scope: Scope, creates: tuple[str, ...]
) -> tuple[Grant, ...]:
    """List what training a model takes, without SELECT (Snowflake: Cortex Fine-tuning, Access control requirements).

    USAGE on the project's schema is what each of its sessions begins with.
    `creates` are the kinds of objects that its datasets make in the project's schema.
    """
    made = {*creates, *(("TABLE",) if scope.makes_tables else ())}
    schemas = sorted({model.parent, scope.home, *(name.parent for name in reads)})
    databases = sorted({schema.database for schema in schemas})
    return (
        *(Grant("WAREHOUSE", quote(name), "USAGE") for name in [scope.warehouse] if name),
        *(Grant("DATABASE", quote(name), "USAGE") for name in databases),
        *(Grant("SCHEMA", str(name), "USAGE") for name in schemas),
        Grant("SCHEMA", str(model.parent), "CREATE MODEL"),
        Grant(DATABASE_ROLE, CORTEX_USER, "USAGE"),
        *(Grant("SCHEMA", str(scope.home), f"CREATE {kind}") for kind in sorted(made)),
    )


def list_databases(scope: Scope, names: Iterable[ObjectName]) -> tuple[str, ...]:
    """Name the databases whose database roles may matter: the project's, and those that names lie in."""
    return tuple(sorted({quote(scope.home.database), *(quote(name.database) for name in names)}))


def list_read_needs(reads: tuple[ObjectName, ...]) -> tuple[Grant, ...]:
    """List what reading the tables and views of a query takes beside USAGE; which of both a name is, is not known."""
    return tuple(Grant("TABLE", str(name), "SELECT") for name in reads)
