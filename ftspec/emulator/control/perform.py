"""The one entry of the performers: executes a control-plane statement that was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ftspec.emulator.control.artifacts import perform_get_artifacts, perform_list_artifacts
from ftspec.emulator.control.database_roles import (
    perform_create_database_role,
    perform_manage_schema,
    perform_rename_database_role,
)
from ftspec.emulator.control.granting import perform_change_grant
from ftspec.emulator.control.models import perform_alter_model, perform_create_model, perform_rename_model
from ftspec.emulator.control.owning import perform_give_ownership
from ftspec.emulator.control.principals import (
    perform_alter_user,
    perform_create,
    perform_drop,
    perform_set_comment,
)
from ftspec.emulator.control.role_granting import perform_change_role_grant
from ftspec.emulator.control.showing import perform_show
from ftspec.emulator.control.showing_grants import perform_show_grants
from ftspec.emulator.control.tagging import perform_change_tags, perform_create_tag
from ftspec.emulator.control.uses import (
    perform_alter_session,
    perform_control_transaction,
    perform_set_variable,
    perform_show_parameters,
    perform_use,
    perform_use_secondary_roles,
)
from ftspec.emulator.model_statements import (
    AlterModel,
    ChangeTags,
    CreateModel,
    CreateTag,
    GetArtifacts,
    ListArtifacts,
    ModelStatement,
    RenameModel,
)
from ftspec.emulator.query.explaining import perform_explain
from ftspec.emulator.result import Answer, Column, Result
from ftspec.emulator.staging.perform import perform_stage_statement
from ftspec.emulator.staging.statements import CopyInto, CreateStage, DropStage, ListFiles, Transfer
from ftspec.emulator.statements import (
    AlterSession,
    AlterUser,
    ChangeGrant,
    ChangeRoleGrant,
    ControlTransaction,
    CreateDatabaseRole,
    CreatePrincipal,
    DropObject,
    Explain,
    GiveOwnership,
    ManageSchema,
    RenameDatabaseRole,
    SetComment,
    SetVariable,
    Show,
    ShowGrants,
    ShowParameters,
    Statement,
    Use,
    UseSecondaryRoles,
)
from ftspec.emulator.turn import Turn


def _with_unknown_columns(turn: Turn, shown: Result) -> Result:
    """Add columns that no page documents to a SHOW, where the account's settings ask for them.

    Snowflake announces no new columns (release notes, "no BCRs for new columns"), so a client must not mind them.
    """
    if not turn.account.settings.unknown_columns:
        return shown
    columns = (Column("unknown_first"), *shown.columns, Column("unknown_last", "fixed"))
    return replace(shown, columns=columns, rows=tuple(("?", *row, at) for at, row in enumerate(shown.rows)))


def perform_statement(turn: Turn, statement: Statement) -> Answer | Callable[[], Answer]:  # noqa: C901, PLR0911, PLR0912  # one arm a statement
    """Execute a control-plane statement in its turn; the caller holds the lock and the transaction."""
    match statement:
        case Use() | UseSecondaryRoles() | AlterSession() | ControlTransaction() | ShowParameters() | SetVariable():
            return _perform_session_statement(turn, statement)
        case ChangeGrant():
            return perform_change_grant(turn, statement)
        case ChangeRoleGrant():
            return perform_change_role_grant(turn, statement)
        case GiveOwnership():
            return perform_give_ownership(turn, statement)
        case CreatePrincipal():
            return perform_create(turn, statement)
        case CreateDatabaseRole() | RenameDatabaseRole() | ManageSchema():
            return _perform_in_database(turn, statement)
        case AlterUser():
            return perform_alter_user(turn, statement)
        case DropObject():
            return perform_drop(turn, statement)
        case SetComment():
            return perform_set_comment(turn, statement)
        case (
            CreateModel() | AlterModel() | RenameModel() | CreateTag() | ChangeTags() | ListArtifacts() | GetArtifacts()
        ):
            return _perform_model_statement(turn, statement)
        case Show():
            return _with_unknown_columns(turn, perform_show(turn, statement))
        case ShowGrants():
            return _with_unknown_columns(turn, perform_show_grants(turn, statement))
        case Explain():
            return perform_explain(turn, statement)
        case CreateStage() | DropStage() | ListFiles() | Transfer() | CopyInto():
            return perform_stage_statement(turn, statement)


def _perform_session_statement(
    turn: Turn,
    statement: Use | UseSecondaryRoles | AlterSession | ControlTransaction | ShowParameters | SetVariable,
) -> Answer:
    match statement:
        case Use():
            return perform_use(turn, statement)
        case UseSecondaryRoles():
            return perform_use_secondary_roles(turn, statement)
        case AlterSession():
            return perform_alter_session(turn, statement)
        case ControlTransaction():
            return perform_control_transaction(turn, statement)
        case ShowParameters():
            return _with_unknown_columns(turn, perform_show_parameters(turn, statement))
        case SetVariable():
            return perform_set_variable(turn, statement)


def _perform_in_database(turn: Turn, statement: CreateDatabaseRole | RenameDatabaseRole | ManageSchema) -> Answer:
    match statement:
        case CreateDatabaseRole():
            return perform_create_database_role(turn, statement)
        case RenameDatabaseRole():
            return perform_rename_database_role(turn, statement)
        case ManageSchema():
            return perform_manage_schema(turn, statement)


def _perform_model_statement(turn: Turn, statement: ModelStatement) -> Answer:
    match statement:
        case CreateModel():
            return perform_create_model(turn, statement)
        case AlterModel():
            return perform_alter_model(turn, statement)
        case RenameModel():
            return perform_rename_model(turn, statement)
        case CreateTag():
            return perform_create_tag(turn, statement)
        case ChangeTags():
            return perform_change_tags(turn, statement)
        case ListArtifacts():
            return perform_list_artifacts(turn, statement)
        case GetArtifacts():
            return perform_get_artifacts(turn, statement)
