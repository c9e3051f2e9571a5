"""INFORMATION_SCHEMA.MODEL_VERSIONS.

https://docs.snowflake.com/en/sql-reference/info-schema/model_versions
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlglot import exp

from ftspec.emulator.catalog import Entry
from ftspec.emulator.models import read_model
from ftspec.emulator.query.given_rows import Given, GivenColumn, build_given_rows
from ftspec.emulator.turn import Turn

_COLUMNS = (
    GivenColumn("DATABASE_NAME"), GivenColumn("SCHEMA_NAME"), GivenColumn("MODEL_NAME"),
    GivenColumn("MODEL_VERSION_NAME"), GivenColumn("VERSION_ALIASES", "JSON"), GivenColumn("COMMENT"),
    GivenColumn("OWNER"), GivenColumn("CREATED", "TIMESTAMP"), GivenColumn("LAST_ALTERED", "TIMESTAMP"),
    GivenColumn("FUNCTIONS", "JSON"), GivenColumn("MODEL_TYPE"), GivenColumn("PYTHON_VERSION"),
    GivenColumn("LANGUAGE"), GivenColumn("DEPENDENCIES"), GivenColumn("METADATA", "JSON"),
    GivenColumn("USERDATA", "JSON"),
)  # fmt: skip


def build_model_versions(turn: Turn, database: str) -> exp.Select:
    """Build the rows of a database's models that the role may see; when a version was altered is not kept."""
    models = [entry for entry in turn.catalog.list_objects("MODEL", database) if turn.authority.sees(entry)]
    return build_given_rows(_COLUMNS, [row for entry in models for row in _rows(entry)])


def _rows(entry: Entry) -> Iterator[tuple[Given, ...]]:
    model = read_model(entry)
    aliases = model.aliases()
    for version in model.versions:
        named = [alias for alias, name in aliases.items() if name == version.name]
        place = (entry.key.database, entry.key.schema, entry.key.name, version.name)
        about = (json.dumps(named), version.comment, entry.owner, version.created, None)
        kind = ("[]", str(entry.extra["MODEL_TYPE"]), None, None, None)
        yield (*place, *about, *kind, version.metadata, "{}")
