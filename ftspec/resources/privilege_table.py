"""Which privileges each type of object has, so that a slip is found without a connection.

Snowflake: Access control privileges, https://docs.snowflake.com/en/user-guide/security-access-control-privileges, and
GRANT <privileges> … TO ROLE, https://docs.snowflake.com/en/sql-reference/sql/grant-privilege.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ftspec.model.diagnostics import Diagnostic

_POLICIES = """AGGREGATION AUTHENTICATION FEATURE JOIN MASKING PACKAGES PASSWORD PRIVACY PROJECTION SESSION""".split()
_ACCOUNT_POLICIES = (*_POLICIES, "ROW ACCESS", "SNAPSHOT", "STORAGE LIFECYCLE")
_ACCOUNT_CREATES = (
    "ACCOUNT",
    "API INTEGRATION",
    "APPLICATION",
    "APPLICATION PACKAGE",
    "COMPUTE POOL",
    "CONNECTION",
    "DATA EXCHANGE LISTING",
    "DATABASE",
    "EXTERNAL VOLUME",
    "FAILOVER GROUP",
    "INTEGRATION",
    "LISTING",
    "NETWORK POLICY",
    "ORGANIZATION LISTING",
    "ORGANIZATION PROFILE",
    "REPLICATION GROUP",
    "ROLE",
    "SHARE",
    "SNOWFLAKE INTELLIGENCE",
    "USER",
    "WAREHOUSE",
)
_ACCOUNT = (
    *(f"APPLY {name} POLICY" for name in _ACCOUNT_POLICIES),
    "APPLY CONTACT",
    "APPLY TAG",
    "ATTACH POLICY",
    "AUDIT",
    "BIND SERVICE ENDPOINT",
    *(f"CREATE {name}" for name in _ACCOUNT_CREATES),
    "EXECUTE ALERT",
    "EXECUTE AUTO CLASSIFICATION",
    "EXECUTE DATA METRIC FUNCTION",
    "EXECUTE MANAGED ALERT",
    "EXECUTE MANAGED TASK",
    "EXECUTE TASK",
    "IMPORT ORGANIZATION LISTING",
    "IMPORT SHARE",
    "MANAGE ACCOUNT SUPPORT CASES",
    "MANAGE EVENT SHARING",
    "MANAGE GRANTS",
    "MANAGE LISTING AUTO FULFILLMENT",
    "MANAGE ORGANIZATION SUPPORT CASES",
    "MANAGE SHARE TARGET",
    "MANAGE USER SUPPORT CASES",
    "MANAGE WAREHOUSES",
    "MODIFY LOG LEVEL",
    "MODIFY METRIC LEVEL",
    "MODIFY SESSION LOG LEVEL",
    "MODIFY SESSION METRIC LEVEL",
    "MODIFY SESSION TRACE LEVEL",
    "MODIFY TRACE LEVEL",
    "MONITOR",
    "MONITOR EXECUTION",
    "MONITOR SECURITY",
    "MONITOR USAGE",
    "OVERRIDE SHARE RESTRICTIONS",
    "PURCHASE DATA EXCHANGE LISTING",
    "READ SESSION",
    "RESOLVE ALL",
    "USE AI FUNCTIONS",
)
_SCHEMA_CREATES = (
    "AGENT",
    "ALERT",
    "CONTACT",
    "CORTEX SEARCH SERVICE",
    "DATA METRIC FUNCTION",
    "DATASET",
    "DBT PROJECT",
    "DYNAMIC TABLE",
    "EVENT TABLE",
    "EXPERIMENT",
    "EXTERNAL TABLE",
    "FILE FORMAT",
    "FUNCTION",
    "GATEWAY",
    "GIT REPOSITORY",
    "HYBRID TABLE",
    "ICEBERG TABLE",
    "IMAGE REPOSITORY",
    "INTERACTIVE TABLE",
    "MATERIALIZED VIEW",
    "MCP SERVER",
    "MODEL",
    "MODEL MONITOR",
    "NETWORK RULE",
    "NOTEBOOK",
    "NOTEBOOK PROJECT",
    "ONLINE FEATURE TABLE",
    "PIPE",
    "PROCEDURE",
    "SECRET",
    "SEMANTIC VIEW",
    "SEQUENCE",
    "SERVICE",
    "SNAPSHOT",
    "SNAPSHOT SET",
    "STAGE",
    "STREAM",
    "STREAMLIT",
    "TABLE",
    "TAG",
    "TASK",
    "TEMPORARY TABLE",
    "TYPE",
    "VIEW",
    "WORKSPACE",
)
PRIVILEGES: dict[str, tuple[str, ...]] = {
    "ACCOUNT": tuple(sorted(_ACCOUNT)),
    "DATABASE": (
        "APPLYBUDGET",
        "CREATE DATABASE ROLE",
        "CREATE SCHEMA",
        "IMPORTED PRIVILEGES",
        "MODIFY",
        "MONITOR",
        "USAGE",
    ),
    "SCHEMA": (
        "ADD SEARCH OPTIMIZATION",
        "APPLYBUDGET",
        *(f"CREATE {name}" for name in sorted((*_SCHEMA_CREATES, *(f"{name} POLICY" for name in _ACCOUNT_POLICIES)))),
        "MODIFY",
        "MONITOR",
        "USAGE",
    ),
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
    "WAREHOUSE": ("APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"),
}
"""By type of object, in order; `USE AI FUNCTION name`, one privilege a function, is not listed."""

_AI_FUNCTION = "USE AI FUNCTION "
_SHOWN = 12


def has_privilege(object_type: str, privilege: str) -> bool:
    """Tell whether a type of object has a privilege."""
    if object_type == "ACCOUNT" and privilege.startswith(_AI_FUNCTION):
        return " " not in privilege.removeprefix(_AI_FUNCTION)
    return privilege in PRIVILEGES[object_type]


def check_forbidden(privileges: Iterable[str]) -> tuple[tuple[int, Diagnostic], ...]:
    """Find, by their index, privileges that are forbidden and that no type of object has: they would forbid nothing."""
    known = sorted({"OWNERSHIP", *(each for listed in PRIVILEGES.values() for each in listed)})
    return tuple(
        (index, _explain_unknown(privilege, known))
        for index, privilege in enumerate(privileges)
        if privilege not in known and not has_privilege("ACCOUNT", privilege)
    )


def _explain_unknown(privilege: str, known: list[str]) -> Diagnostic:
    close = difflib.get_close_matches(privilege, known, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "write one as Snowflake does, as MANAGE GRANTS"
    return Diagnostic("FT271", f"{privilege} is not a privilege on any type of object", hint=hint)


def suggest_privilege(object_type: str, privilege: str) -> str:
    """Say which privileges there are on a type of object: the likely ones first, and all where they are few."""
    known = PRIVILEGES[object_type]
    close = difflib.get_close_matches(privilege, known, n=3)
    elsewhere = [name_type(each) for each in PRIVILEGES if privilege in PRIVILEGES[each]]
    parts = [f"it is one on {', '.join(elsewhere)};"] if elsewhere else []
    if close and not elsewhere:
        parts = [f"did you mean {' or '.join(close)}?"]
    shown = known if len(known) <= _SHOWN else _EXAMPLES[object_type]
    more = "" if shown is known else f" and {len(known) - len(shown)} more"
    return " ".join([*parts, f"on {name_type(object_type)} there are {', '.join(shown)}{more}"])


def name_type(object_type: str) -> str:
    """Name the objects of a type as people do."""
    return "the account" if object_type == "ACCOUNT" else f"{object_type.lower()}s"


_EXAMPLES = {
    "ACCOUNT": ("USE AI FUNCTIONS", "CREATE DATABASE", "MANAGE GRANTS", "MONITOR USAGE"),
    "SCHEMA": ("USAGE", "CREATE MODEL", "CREATE TABLE", "CREATE VIEW", "CREATE STAGE"),
}
