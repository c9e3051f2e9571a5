"""Readers of CREATE MODEL and ALTER MODEL, and of tags.

https://docs.snowflake.com/en/sql-reference/sql/alter-model
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.cortex.names import fold_identifier
from ftspec.emulator.model_statements import (
    AddVersion,
    AlterModel,
    ChangeTags,
    CreateModel,
    CreateTag,
    DropVersion,
    ModifyVersion,
    RenameModel,
    SetAlias,
    SetModel,
)
from ftspec.emulator.names import Parts
from ftspec.emulator.reading.tokens import Reader


def read_create_model(reader: Reader, *, replace: bool) -> CreateModel:
    """Read what follows CREATE [ OR REPLACE ] MODEL; a model is made of another model alone."""
    if_not_exists = _read_if_not_exists(reader, replace=replace)
    name = reader.name()
    version = reader.identifier() if reader.accept("WITH", "VERSION") else None
    source, source_version = _read_source(reader)
    return CreateModel(name, replace, if_not_exists, version, source, source_version)


def read_create_tag(reader: Reader, *, replace: bool) -> CreateTag:
    """Read what follows CREATE [ OR REPLACE ] TAG."""
    if_not_exists = _read_if_not_exists(reader, replace=replace)
    name = reader.name()
    allowed: list[str] = []
    if reader.accept("ALLOWED_VALUES"):
        allowed.append(reader.string())
        while reader.accept(","):
            allowed.append(reader.string())
    comment = _read_string_property(reader) if reader.accept("COMMENT") else ""
    return CreateTag(name, replace, if_not_exists, tuple(allowed), comment)


def read_tags(reader: Reader, kind: str, name: Parts, *, if_exists: bool) -> ChangeTags | None:
    """Read SET TAG name = 'value', … or UNSET TAG name, …; None where something else comes next."""
    setting = reader.accept("SET", "TAG")
    if not setting and not reader.accept("UNSET", "TAG"):
        return None
    tags: list[tuple[Parts, str | None]] = []
    while not tags or reader.accept(","):
        tag = reader.name()
        tags.append((tag, _read_string_property(reader) if setting else None))
    return ChangeTags(kind, name, if_exists, tuple(tags))


def read_alter_model(reader: Reader, name: Parts, *, if_exists: bool) -> AlterModel | RenameModel:
    """Read what follows ALTER MODEL name, but for its comment alone and its tags."""
    if reader.accept("RENAME", "TO"):
        return RenameModel(name, if_exists, reader.name())
    if reader.accept("ADD", "VERSION"):
        version = reader.identifier()
        return AlterModel(name, if_exists, AddVersion(version, *_read_source(reader)))
    if reader.accept("DROP", "VERSION"):
        return AlterModel(name, if_exists, DropVersion(reader.identifier()))
    if reader.accept("MODIFY", "VERSION"):
        version = reader.identifier()
        reader.expect("SET")
        given = _read_properties(reader, "COMMENT", "METADATA")
        return AlterModel(name, if_exists, ModifyVersion(version, given.get("COMMENT"), given.get("METADATA")))
    if reader.accept("VERSION"):
        return AlterModel(name, if_exists, _read_alias(reader))
    if reader.accept("SET"):
        given = _read_properties(reader, "COMMENT", "DEFAULT_VERSION")
        return AlterModel(name, if_exists, SetModel(given.get("COMMENT"), given.get("DEFAULT_VERSION")))
    raise refusals.unsupported(f"ALTER MODEL {reader.word()}")


def _read_alias(reader: Reader) -> SetAlias:
    version = reader.identifier()
    if reader.accept("UNSET", "ALIAS"):
        return SetAlias(version, "")
    reader.expect("SET", "ALIAS")
    return SetAlias(version, _read_version_value(reader))


def _read_properties(reader: Reader, *names: str) -> dict[str, str]:
    given: dict[str, str] = {}
    while not given or not reader.at_end:
        name = reader.expect_one(*names)
        given[name] = _read_version_value(reader) if name == "DEFAULT_VERSION" else _read_string_property(reader)
        reader.accept(",")
    return given


def _read_string_property(reader: Reader) -> str:
    reader.expect("=")
    return reader.string()


def _read_version_value(reader: Reader) -> str:
    """Read `= name` or `= 'name'`: "The version name is an identifier", in quotes or not."""
    reader.expect("=")
    return fold_identifier(reader.string()) if reader.is_string() else reader.identifier()


def _read_if_not_exists(reader: Reader, *, replace: bool) -> bool:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    if replace and if_not_exists:
        raise refusals.incompatible_options()
    return if_not_exists


def _read_source(reader: Reader) -> tuple[Parts, str | None]:
    reader.expect("FROM")
    if not reader.accept("MODEL"):
        raise refusals.unsupported("a model that is not made FROM MODEL")
    source = reader.name()
    return source, reader.identifier() if reader.accept("VERSION") else None
