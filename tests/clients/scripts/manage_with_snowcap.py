"""Plan and apply grants with snowcap, and plan again."""

import json
import sys

import snowflake.connector
from snowcap.blueprint import Blueprint
from snowcap.gitops import collect_blueprint_config

CONFIG = {
    "roles": [{"name": "analyst", "comment": "reads"}, {"name": "loader"}],
    "role_grants": [{"to_role": "analyst", "roles": ["loader"]}],
    "grants": [
        {"priv": "USAGE", "on_database": "CAP", "to": "analyst"},
        {"priv": "USAGE", "on_schema": "CAP.PUBLIC", "to": "analyst"},
        {"priv": "USAGE", "on_warehouse": "COMPUTE_WH", "to": "analyst"},
        {"priv": "SELECT", "on_table": "CAP.PUBLIC.FAQ", "to": "analyst"},
        {"priv": "SELECT", "on": "FUTURE TABLES IN SCHEMA CAP.PUBLIC", "to": "analyst"},
    ],
}


def plan():
    blueprint = Blueprint.from_config(collect_blueprint_config(json.loads(json.dumps(CONFIG))))
    return blueprint, blueprint.plan(connection)


with snowflake.connector.connect(**json.load(sys.stdin)) as connection:
    cursor = connection.cursor()
    cursor.execute("CREATE DATABASE CAP")
    cursor.execute("CREATE TABLE CAP.PUBLIC.FAQ (A INT)")
    blueprint, changes = plan()
    blueprint.apply(connection, changes)
    _, again = plan()
    cursor.execute("USE ROLE ACCOUNTADMIN")
    cursor.execute("CREATE TABLE CAP.PUBLIC.LATER (A INT)")
    held = cursor.execute("SHOW GRANTS TO ROLE ANALYST").fetchall()
print(
    json.dumps(
        {"first": len(changes), "again": len(again), "held": sorted(f"{row[1]} {row[2]} {row[3]}" for row in held)}
    )
)
