"""Which privileges each kind of object has.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges
"""

from __future__ import annotations

OWNERSHIP = "OWNERSHIP"

_ACCOUNT = (
    "APPLY MASKING POLICY",
    "APPLY ROW ACCESS POLICY",
    "APPLY TAG",
    "ATTACH POLICY",
    "AUDIT",
    "CREATE DATABASE",
    "CREATE INTEGRATION",
    "CREATE ROLE",
    "CREATE SHARE",
    "CREATE USER",
    "CREATE WAREHOUSE",
    "EXECUTE MANAGED TASK",
    "EXECUTE TASK",
    "IMPORT SHARE",
    "MANAGE GRANTS",
    "MANAGE WAREHOUSES",
    "MONITOR",
    "MONITOR EXECUTION",
    "MONITOR USAGE",
    "OVERRIDE SHARE RESTRICTIONS",
    "USE AI FUNCTIONS",
)
_SCHEMA = (
    "APPLYBUDGET",
    "CREATE DATASET",
    "CREATE DYNAMIC TABLE",
    "CREATE EXTERNAL TABLE",
    "CREATE FILE FORMAT",
    "CREATE FUNCTION",
    "CREATE MATERIALIZED VIEW",
    "CREATE MODEL",
    "CREATE PIPE",
    "CREATE PROCEDURE",
    "CREATE SEQUENCE",
    "CREATE STAGE",
    "CREATE STREAM",
    "CREATE TABLE",
    "CREATE TAG",
    "CREATE TASK",
    "CREATE TEMPORARY TABLE",
    "CREATE VIEW",
    "MODIFY",
    "MONITOR",
    "USAGE",
)

BY_KIND: dict[str, tuple[str, ...]] = {
    "ACCOUNT": _ACCOUNT,
    "DATABASE": (
        "APPLYBUDGET",
        "CREATE DATABASE ROLE",
        "CREATE SCHEMA",
        "IMPORTED PRIVILEGES",
        "MODIFY",
        "MONITOR",
        "USAGE",
    ),
    "SCHEMA": _SCHEMA,
    "TABLE": (
        "APPLYBUDGET",
        "DELETE",
        "EVOLVE SCHEMA",
        "INSERT",
        "REFERENCES",
        "SELECT",
        "SELECT ERROR TABLE",
        "TRUNCATE",
        "UPDATE",
    ),
    "VIEW": ("REFERENCES", "SELECT"),
    "MODEL": ("READ", "USAGE"),
    "STAGE": ("READ", "USAGE", "WRITE"),
    "FILE FORMAT": ("USAGE",),
    "WAREHOUSE": ("APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"),
    "ROLE": (),
    "DATABASE_ROLE": (),
    "USER": ("MONITOR",),
}

# aisql-privileges-and-access, "per-function privileges".
_AI_FUNCTIONS = frozenset(
    {
        "AI_AGG", "AI_CLASSIFY", "AI_COMPLETE", "AI_COUNT_TOKENS", "AI_EMBED", "AI_EXTRACT", "AI_FILTER",
        "AI_PARSE_DOCUMENT", "AI_REDACT", "AI_SENTIMENT", "AI_SIMILARITY", "AI_SUMMARIZE_AGG", "AI_TRANSCRIBE",
        "AI_TRANSLATE", "COMPLETE", "COUNT_TOKENS", "TRY_COMPLETE",
    }
)  # fmt: skip

_NOT_IN_ALL = frozenset({"IMPORTED PRIVILEGES"})

# Kinds that FUTURE grants and ALL grants name in the plural.
PLURALS: dict[str, str] = {
    "MODELS": "MODEL",
    "SCHEMAS": "SCHEMA",
    "STAGES": "STAGE",
    "TABLES": "TABLE",
    "VIEWS": "VIEW",
}


def all_of(kind: str) -> tuple[str, ...]:
    """List what `GRANT ALL` gives on a kind of object: everything except ownership."""
    return tuple(name for name in BY_KIND[kind] if name not in _NOT_IN_ALL)


def is_known(kind: str, privilege: str) -> bool:
    """Say whether the kind has the privilege.

    `USE AI FUNCTION <name>` is one privilege a function.
    """
    prefix = "USE AI FUNCTION "
    if kind == "ACCOUNT" and privilege.startswith(prefix):
        return privilege.removeprefix(prefix) in _AI_FUNCTIONS
    return privilege in BY_KIND.get(kind, ())
