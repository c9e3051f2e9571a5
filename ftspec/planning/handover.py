"""What the running role may not do, as a file of statements for an administrator."""

from __future__ import annotations

from ftspec.model.plan import Plan


def list_handover(plan: Plan) -> tuple[str, ...]:
    """List the statements in the order in which they are safe: what gives before what takes away, each once.

    Last come those that begin with a comment, for they may be refused: who runs the file has run everything else then.
    """
    statements = dict.fromkeys(statement for change in plan.changes for statement in change.statements)
    return tuple(sorted(statements, key=lambda sql: (sql.startswith("--"), sql.startswith("REVOKE "))))


def write_handover(plan: Plan) -> str:
    """Write a file of SQL that may be run any number of times; without statements it says that there are none."""
    statements = list_handover(plan)
    where = f"project {plan.project}, environment {plan.environment}, account {plan.account}"
    head = [
        f"-- {where}",
        f"-- What role {plan.role} may not do itself. Run it with a role that has MANAGE GRANTS; what is",
        "-- Snowflake's own (SNOWFLAKE.…, USE AI FUNCTIONS) takes ACCOUNTADMIN.",
    ]
    body = [f"{statement};" for statement in statements] or ["-- There is nothing to do."]
    return "\n".join([*head, *body, ""])
