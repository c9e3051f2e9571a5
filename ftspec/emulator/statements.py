"""Control-plane statements as values, as the readers give them and the performers take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ftspec.emulator.model_statements import ModelStatement
from ftspec.emulator.names import Parts
from ftspec.emulator.reading.tokens import Source
from ftspec.emulator.staging.statements import StageStatement


@dataclass(frozen=True, slots=True)
class Use:
    """USE { ROLE | WAREHOUSE | DATABASE | SCHEMA } name; kind "" where the statement names none."""

    kind: str
    name: Parts


@dataclass(frozen=True, slots=True)
class UseSecondaryRoles:
    """USE SECONDARY ROLES { ALL | NONE }."""

    mode: str


@dataclass(frozen=True, slots=True)
class AlterSession:
    """ALTER SESSION SET name = value …, or UNSET name, …: an unset parameter has the value None."""

    parameters: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class ShowParameters:
    """SHOW PARAMETERS of the session."""

    like: str | None


@dataclass(frozen=True, slots=True)
class SetVariable:
    """SET name = value of a session variable, or UNSET name, without a value."""

    name: str
    value: Source | None


@dataclass(frozen=True, slots=True)
class ControlTransaction:
    """BEGIN, COMMIT or ROLLBACK (`verb`)."""

    verb: str


@dataclass(frozen=True, slots=True)
class Target:
    """What privileges are granted on: one object (`scope` ""), or ALL or FUTURE objects of a kind in a place."""

    kind: str
    name: Parts
    scope: str = ""
    place_kind: str = ""


@dataclass(frozen=True, slots=True)
class ChangeGrant:
    """GRANT or REVOKE of privileges; `option` is WITH GRANT OPTION, or GRANT OPTION FOR; `cascade` is REVOKE's."""

    revoke: bool
    privileges: tuple[str, ...]
    on: Target
    to_kind: str
    to: Parts
    option: bool
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRoleGrant:
    """GRANT or REVOKE of a role or database role (`role_kind`) to or from a role or user; `option` as above."""

    revoke: bool
    role_kind: str
    role: Parts
    to_kind: str
    to: Parts
    option: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class GiveOwnership:
    """GRANT OWNERSHIP TO a role or database role; `current` is "", COPY or REVOKE."""

    on: Target
    to_kind: str
    to: Parts
    current: str


@dataclass(frozen=True, slots=True)
class CreatePrincipal:
    """CREATE ROLE, USER or WAREHOUSE; `properties` are upper-cased names with their values as text."""

    kind: str
    name: str
    replace: bool
    if_not_exists: bool
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CreateDatabaseRole:
    """CREATE DATABASE ROLE."""

    name: Parts
    replace: bool
    if_not_exists: bool
    comment: str


@dataclass(frozen=True, slots=True)
class RenameDatabaseRole:
    """ALTER DATABASE ROLE name RENAME TO new."""

    name: Parts
    if_exists: bool
    new: Parts


@dataclass(frozen=True, slots=True)
class ManageSchema:
    """ALTER SCHEMA name { ENABLE | DISABLE } MANAGED ACCESS."""

    name: Parts
    if_exists: bool
    managed: bool


@dataclass(frozen=True, slots=True)
class AlterUser:
    """ALTER USER name SET properties, or UNSET the names of some."""

    name: str
    if_exists: bool
    properties: tuple[tuple[str, str], ...]
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropObject:
    """DROP ROLE, DATABASE ROLE, USER, WAREHOUSE, MODEL or TAG."""

    kind: str
    name: Parts
    if_exists: bool


@dataclass(frozen=True, slots=True)
class SetComment:
    """COMMENT ON, or ALTER … SET COMMENT; the comment is "" where it is unset."""

    kind: str
    name: Parts
    if_exists: bool
    comment: str


BASE_MODELS = "CORTEX BASE MODELS"
"""What SHOW names as it names a kind in the plural."""


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW of a kind in the plural; `place_kind` is "", or what `place` is one of."""

    plural: str
    terse: bool = False
    like: str | None = None
    place_kind: str = ""
    place: Parts = ()
    starts_with: str | None = None
    limit: int | None = None
    after: str | None = None
    history: bool = False


@dataclass(frozen=True, slots=True)
class ShowGrants:
    """SHOW GRANTS: `way` is ON, TO, OF, or FUTURE IN, FUTURE TO; `kind` "" stands for the current user or role."""

    way: str
    kind: str
    name: Parts
    limit: int | None


@dataclass(frozen=True, slots=True)
class Explain:
    """EXPLAIN of a statement; `form` is TABULAR, TEXT or JSON."""

    form: str
    statement: Source


Statement: TypeAlias = (
    Use
    | UseSecondaryRoles
    | AlterSession
    | ControlTransaction
    | ChangeGrant
    | ChangeRoleGrant
    | GiveOwnership
    | CreatePrincipal
    | CreateDatabaseRole
    | RenameDatabaseRole
    | ManageSchema
    | AlterUser
    | DropObject
    | SetComment
    | ModelStatement
    | Show
    | ShowGrants
    | Explain
    | ShowParameters
    | SetVariable
    | StageStatement
)
