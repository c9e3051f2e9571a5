"""CREATE MODEL and ALTER MODEL: versions, aliases, the default version.

https://docs.snowflake.com/en/sql-reference/sql/create-model
"""

from __future__ import annotations

from dataclasses import replace

from ftspec.emulator import refusals
from ftspec.emulator.catalog import Entry
from ftspec.emulator.control.principals import find_altered
from ftspec.emulator.model_statements import (
    AddVersion,
    AlterModel,
    CreateModel,
    DropVersion,
    ModelChange,
    ModifyVersion,
    RenameModel,
    SetAlias,
    SetModel,
)
from ftspec.emulator.models import (
    FIRST_VERSION,
    MOST_VERSIONS,
    SYSTEM_ALIASES,
    Model,
    Version,
    is_metadata,
    read_model,
    write_model,
)
from ftspec.emulator.names import Key, Parts, quote
from ftspec.emulator.result import SUCCESS, Result, status
from ftspec.emulator.turn import Turn


def perform_create_model(turn: Turn, statement: CreateModel) -> Result:
    """Make a model of a version of another one; what was learnt is shared."""
    key = turn.resolve("MODEL", statement.name, "CREATE MODEL")
    turn.authority.require_create("MODEL", key.database, key.schema)
    known = turn.catalog.find(key)
    if known is not None and statement.if_not_exists:
        return status(f"{quote(key.name)} already exists, statement succeeded.")
    if known is not None and not statement.replace:
        raise refusals.already_exists(key.shown)
    version = _copy_version(turn, statement.version or FIRST_VERSION, statement.source, statement.source_version)
    if known is not None:
        turn.authority.require_ownership(known)
        turn.catalog.remove(key)
    turn.register(turn.new_entry(key, extra=Model((version,), version.name).to_extra()))
    return status(f"Model {quote(key.name)} successfully created.")


def _copy_version(turn: Turn, name: str, source: Parts, source_version: str | None) -> Version:
    """Copy a version of a model that the role owns: the default one where none is named."""
    if name in SYSTEM_ALIASES:
        raise refusals.invalid_value(name, "VERSION")
    entry = turn.authority.require_entry(turn.resolve("MODEL", source, "CREATE MODEL"))
    turn.authority.require_ownership(entry)
    copied = _require_version(entry, read_model(entry), source_version or "DEFAULT")
    return replace(copied, name=name, created=turn.now, alias="")


def perform_alter_model(turn: Turn, statement: AlterModel) -> Result:
    """Change the versions of a model, or its comment and default version together."""
    entry = find_altered(turn, "MODEL", statement.name, if_exists=statement.if_exists)
    if entry is None:
        return status(SUCCESS)
    if isinstance(statement.change, SetModel) and statement.change.comment is not None:
        entry = replace(entry, comment=statement.change.comment)
    turn.catalog.put(write_model(entry, _change(turn, entry, statement.change)))
    return status(SUCCESS)


def _change(turn: Turn, entry: Entry, change: ModelChange) -> Model:
    model = read_model(entry)
    match change:
        case AddVersion():
            return _add_version(turn, entry, model, change)
        case DropVersion():
            return _drop_version(entry, model, change.version)
        case SetModel():
            if change.default is None:
                return model
            return replace(model, default=_require_version(entry, model, change.default).name)
        case SetAlias():
            return _set_alias(entry, model, change)
        case ModifyVersion():
            return _modify_version(entry, model, change)


def _require_version(entry: Entry, model: Model, name: str) -> Version:
    found = model.find(name)
    if found is None:
        raise refusals.missing("MODEL_VERSION", f"{entry.key.shown}.{quote(name)}")
    return found


def _add_version(turn: Turn, entry: Entry, model: Model, change: AddVersion) -> Model:
    if model.find(change.version) is not None:
        raise refusals.already_exists(f"{entry.key.shown}.{quote(change.version)}")
    if len(model.versions) >= MOST_VERSIONS:
        raise refusals.version_refused(f"Model '{entry.key.name}' has {MOST_VERSIONS} versions, the most there can be")
    return model.with_version(_copy_version(turn, change.version, change.source, change.source_version))


def _drop_version(entry: Entry, model: Model, name: str) -> Model:
    dropped = _require_version(entry, model, name)
    if dropped.name == model.default:
        raise refusals.version_refused(
            f"Version '{dropped.name}' is the default version of model '{entry.key.name}' and cannot be dropped"
        )
    return replace(model, versions=tuple(one for one in model.versions if one.name != dropped.name))


def _set_alias(entry: Entry, model: Model, change: SetAlias) -> Model:
    """Give a version its one alias, or take it away; an alias that another version had moves here."""
    version = _require_version(entry, model, change.version)
    if change.alias in SYSTEM_ALIASES:
        raise refusals.invalid_value(change.alias, "ALIAS")
    if any(one.name == change.alias for one in model.versions):
        raise refusals.already_exists(f"{entry.key.shown}.{quote(change.alias)}")
    freed = tuple(replace(one, alias="") if one.alias == change.alias else one for one in model.versions)
    return replace(model, versions=freed).with_version(replace(version, alias=change.alias))


def _modify_version(entry: Entry, model: Model, change: ModifyVersion) -> Model:
    version = _require_version(entry, model, change.version)
    if change.metadata is not None and not is_metadata(change.metadata):
        raise refusals.invalid_json(change.metadata)
    comment = version.comment if change.comment is None else change.comment
    metadata = version.metadata if change.metadata is None else change.metadata
    return model.with_version(replace(version, comment=comment, metadata=metadata))


def perform_rename_model(turn: Turn, statement: RenameModel) -> Result:
    """Rename a model, within its schema or into another one; an account's setting may refuse it."""
    if turn.account.settings.refuse_model_rename:
        raise refusals.unsupported("ALTER MODEL RENAME")
    entry = find_altered(turn, "MODEL", statement.name, if_exists=statement.if_exists)
    if entry is None:
        return status(SUCCESS)
    new: Key = turn.resolve("MODEL", statement.new, "ALTER MODEL")
    if (new.database, new.schema) != (entry.key.database, entry.key.schema):
        turn.authority.require_create("MODEL", new.database, new.schema)
    if turn.catalog.find(new) is not None:
        raise refusals.already_exists(new.shown)
    turn.catalog.rename(entry.key, new)
    return status(SUCCESS)
