"""The columns of each SHOW command, in the order that its page documents.

One page a command below https://docs.snowflake.com/en/sql-reference/sql/show
"""

from __future__ import annotations

from collections.abc import Mapping

from ftspec.emulator.result import Column
from ftspec.emulator.statements import BASE_MODELS

TERSE_OBJECT = "created_on:timestamp_ltz name kind database_name schema_name"
TERSE_COLUMNS: Mapping[str, str] = {
    "ROLES": "created_on:timestamp_ltz name is_default is_current is_inherited",
    "USERS": (
        "name created_on:timestamp_ltz display_name first_name last_name email org_identity comment has_password"
        " has_rsa_public_key type has_mfa has_pat has_federated_workload_authentication is_from_organization_user"
    ),
}
_KEYS = (
    "created_on:timestamp_ltz database_name schema_name table_name column_name key_sequence:fixed constraint_name rely"
    " comment"
)


def read_columns(text: str) -> tuple[Column, ...]:
    """Read columns from `name[:type]` words; without a type a column is text."""
    words = (word.partition(":") for word in text.split())
    return tuple(Column(name, type_ or "text") for name, _, type_ in words)


COLUMNS: Mapping[str, str] = {
    BASE_MODELS: (
        "created_on:timestamp_ltz name model_type database_name schema_name owner lifecycle_status"
        " in_region_availability legacy_date eol_date cross_region_availability"
    ),
    "DATABASES": (
        "created_on:timestamp_ltz name is_default is_current origin owner comment options retention_time kind"
        " owner_role_type"
    ),
    "COLUMNS": (
        "table_name schema_name column_name data_type null? default kind expression comment database_name autoincrement"
        " schema_evolution_record"
    ),
    "DATABASE_ROLES": (
        "created_on:timestamp_ltz name is_default is_current is_inherited granted_to_roles:fixed"
        " granted_to_database_roles:fixed granted_database_roles:fixed owner comment owner_role_type"
    ),
    "MODELS": (
        "created_on:timestamp_ltz name model_type database_name schema_name owner comment versions"
        " default_version_name aliases"
    ),
    "OBJECTS": (
        "created_on:timestamp_ltz name database_name schema_name kind comment cluster_by rows:fixed bytes:fixed owner"
        " retention_time owner_role_type is_hybrid is_dynamic is_iceberg"
    ),
    "PRIMARY_KEYS": _KEYS,
    "ROLES": (
        "created_on:timestamp_ltz name is_default is_current is_inherited assigned_to_users:fixed"
        " granted_to_roles:fixed granted_roles:fixed owner comment"
    ),
    "SCHEMAS": (
        "created_on:timestamp_ltz name is_default is_current database_name owner comment options retention_time"
        " owner_role_type"
    ),
    "STAGES": (
        "created_on:timestamp_ltz name database_name schema_name url has_credentials has_encryption_key owner comment"
        " region type cloud notification_channel storage_integration endpoint owner_role_type directory_enabled"
    ),
    "TABLES": (
        "created_on:timestamp_ltz name database_name schema_name kind comment cluster_by rows:fixed bytes:fixed owner"
        " retention_time automatic_clustering change_tracking is_external enable_schema_evolution owner_role_type"
        " is_event is_hybrid is_iceberg is_dynamic is_immutable"
    ),
    "TAGS": "created_on:timestamp_ltz name database_name schema_name owner comment allowed_values owner_role_type",
    "UNIQUE_KEYS": _KEYS,
    "USERS": (
        "name created_on:timestamp_ltz login_name display_name first_name last_name email mins_to_unlock"
        " days_to_expiry comment disabled must_change_password snowflake_lock default_warehouse default_namespace"
        " default_role default_secondary_roles ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner"
        " last_success_login:timestamp_ltz expires_at_time:timestamp_ltz locked_until_time:timestamp_ltz has_password"
        " has_rsa_public_key type has_mfa"
    ),
    "VERSIONS": (
        "created_on:timestamp_ltz name aliases database_name schema_name model_name is_default_version functions"
        " metadata user_data comment"
    ),
    "VIEWS": (
        "created_on:timestamp_ltz name reserved database_name schema_name owner comment text is_secure"
        " is_materialized owner_role_type change_tracking"
    ),
    "WAREHOUSES": (
        "name state type size min_cluster_count:fixed max_cluster_count:fixed started_clusters:fixed running:fixed"
        " queued:fixed is_default is_current auto_suspend:fixed auto_resume available provisioning quiescing other"
        " created_on:timestamp_ltz resumed_on:timestamp_ltz updated_on:timestamp_ltz owner comment"
        " enable_query_acceleration query_acceleration_max_scale_factor:fixed resource_monitor scaling_policy"
        " owner_role_type"
    ),
}
