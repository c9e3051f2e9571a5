"""Readers of CREATE, ALTER, DROP and COMMENT of what the control plane keeps.

They give None for what belongs to the data: tables, views, schemas and databases, except their comments.
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.model_statements import CreateModel, CreateTag
from ftspec.emulator.reading.models import read_alter_model, read_create_model, read_create_tag, read_tags
from ftspec.emulator.reading.sessions import read_alter_session
from ftspec.emulator.reading.tokens import Reader
from ftspec.emulator.staging.reading import read_create_stage, read_drop_stage
from ftspec.emulator.staging.statements import CreateStage, DropStage
from ftspec.emulator.statements import (
    AlterUser,
    CreateDatabaseRole,
    CreatePrincipal,
    DropObject,
    ManageSchema,
    RenameDatabaseRole,
    SetComment,
    Statement,
)
from ftspec.emulator.tags import TAGGED

# Properties whose value is a string in quotes, and nothing else.
_STRINGS = frozenset({"COMMENT", "PASSWORD"})
_PRINCIPALS = ("ROLE", "USER", "WAREHOUSE")
_COMMENTED = ("DATABASE", "MODEL", "ROLE", "SCHEMA", "STAGE", "TABLE", "TAG", "USER", "VIEW", "WAREHOUSE")


def read_create(
    reader: Reader,
) -> CreatePrincipal | CreateDatabaseRole | CreateModel | CreateTag | CreateStage | None:
    """Read what follows CREATE, where it makes none of a database, a schema, a table or a view."""
    replace = reader.accept("OR", "REPLACE")
    if reader.accept("DATABASE", "ROLE"):
        return _read_database_role(reader, replace=replace)
    if reader.accept("MODEL"):
        return read_create_model(reader, replace=replace)
    if reader.accept("TAG"):
        return read_create_tag(reader, replace=replace)
    stage = read_create_stage(reader, replace=replace)
    if stage is not None:
        return stage
    kind = reader.accept_one(*_PRINCIPALS)
    if not kind:
        return None
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    if replace and if_not_exists:
        raise refusals.incompatible_options()
    name = reader.identifier()
    reader.accept("WITH")
    return CreatePrincipal(kind, name, replace, if_not_exists, _read_properties(reader))


def _read_database_role(reader: Reader, *, replace: bool) -> CreateDatabaseRole:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    if replace and if_not_exists:
        raise refusals.incompatible_options()
    name, comment = reader.name(), ""
    if reader.accept("COMMENT"):
        reader.expect("=")
        comment = reader.string()
    return CreateDatabaseRole(name, replace, if_not_exists, comment)


def _read_properties(reader: Reader) -> tuple[tuple[str, str], ...]:
    properties: list[tuple[str, str]] = []
    while not reader.at_end:
        name = reader.word()
        reader.expect("=")
        if name in _STRINGS:
            properties.append((name, reader.string()))
        elif reader.accept("("):
            properties.append((name, _read_list(reader)))
        else:
            properties.append((name, reader.value()))
        reader.accept(",")
    return tuple(properties)


def _read_list(reader: Reader) -> str:
    values: list[str] = []
    while not reader.accept(")"):
        values.append(reader.value())
        reader.accept(",")
    return ",".join(values)


def read_drop(reader: Reader) -> DropObject | DropStage | None:
    """Read what follows DROP, where it drops none of a database, a schema, a table or a view."""
    stage = read_drop_stage(reader)
    if stage is not None:
        return stage
    kind = "DATABASE_ROLE" if reader.accept("DATABASE", "ROLE") else reader.accept_one("MODEL", "TAG", *_PRINCIPALS)
    if not kind:
        return None
    if_exists = reader.accept("IF", "EXISTS")
    return DropObject(kind, reader.name(), if_exists)


def _accept_commented(reader: Reader) -> str:
    return "DATABASE_ROLE" if reader.accept("DATABASE", "ROLE") else reader.accept_one(*_COMMENTED)


def read_comment(reader: Reader) -> SetComment | None:
    """Read what follows COMMENT, unless it is on a column."""
    if_exists = reader.accept("IF", "EXISTS")
    reader.expect("ON")
    if reader.peek() == "COLUMN":
        return None
    kind = _accept_commented(reader)
    if not kind:
        raise refusals.unsupported(f"COMMENT ON {reader.word()}")
    name = reader.name()
    reader.expect("IS")
    return SetComment(kind, name, if_exists, reader.string())


def read_alter(reader: Reader) -> Statement | None:
    """Read what follows ALTER, where it concerns the session, a user, a model or a comment."""
    if reader.accept("SESSION"):
        return read_alter_session(reader)
    kind = _accept_commented(reader)
    if not kind:
        raise refusals.unsupported(f"ALTER {reader.word()}")
    if_exists = reader.accept("IF", "EXISTS")
    name = reader.name()
    tags = read_tags(reader, kind, name, if_exists=if_exists) if kind in TAGGED else None
    if tags is not None:
        return tags
    if reader.accept("UNSET", "COMMENT"):
        return SetComment(kind, name, if_exists, "")
    if kind == "MODEL":
        return read_alter_model(reader, name, if_exists=if_exists)
    if reader.accept("SET", "COMMENT"):
        reader.expect("=")
        return SetComment(kind, name, if_exists, reader.string())
    if kind in {"TABLE", "VIEW"}:
        return None
    return _read_alteration(reader, kind, name, if_exists=if_exists)


def _read_alteration(
    reader: Reader, kind: str, name: tuple[str, ...], *, if_exists: bool
) -> AlterUser | ManageSchema | RenameDatabaseRole:
    if kind == "DATABASE_ROLE" and reader.accept("RENAME", "TO"):
        return RenameDatabaseRole(name, if_exists, reader.name())
    if kind == "SCHEMA" and reader.peek() in {"ENABLE", "DISABLE"}:
        managed = reader.word() == "ENABLE"
        reader.expect("MANAGED", "ACCESS")
        return ManageSchema(name, if_exists, managed)
    if kind == "USER" and reader.accept("SET"):
        return AlterUser(name[-1], if_exists, _read_properties(reader))
    if kind == "USER" and reader.accept("UNSET"):
        names = [reader.word()]
        while reader.accept(","):
            names.append(reader.word())
        return AlterUser(name[-1], if_exists, (), tuple(names))
    raise refusals.unsupported(f"ALTER {kind.replace('_', ' ')} {reader.word()}")
