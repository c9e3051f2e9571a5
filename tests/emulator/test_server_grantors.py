"""Who gave what: two grantors are two grants, and a REVOKE takes those that the role may take."""

from __future__ import annotations

import pytest


def holders(session, table, privilege):
    """Give (grantee, grantor, grant option) of each grant of a privilege on a table."""
    return [
        (row["grantee_name"], row["granted_by"], row["grant_option"])
        for row in session.dicts(f"SHOW GRANTS ON TABLE {table}")
        if row["privilege"] == privilege
    ]


@pytest.fixture
def table(place, admin):
    admin.run("CREATE TABLE T (A INT)")
    return f"{place.database}.S.T"


@pytest.fixture
def giver(place, admin, table):
    session = place.role("GIVER")
    place.open_to(session)
    admin.run(f"GRANT SELECT ON TABLE {table} TO ROLE {session.name} WITH GRANT OPTION")
    return session


def test_a_privilege_of_two_grantors_is_two_grants(place, admin, table, giver):
    taker = place.role("TAKER")
    place.open_to(taker)
    admin.run(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}")
    giver.run(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name} WITH GRANT OPTION")
    mine = [row for row in holders(admin, table, "SELECT") if row[0] == taker.name]
    assert mine == [(taker.name, "ACCOUNTADMIN", "false"), (taker.name, giver.name, "true")]
    held = admin.dicts(f"SHOW GRANTS TO ROLE {taker.name}")
    assert [row["granted_by"] for row in held if row["privilege"] == "SELECT"] == ["ACCOUNTADMIN", giver.name]


def test_a_grantor_takes_back_its_own_grant_alone(place, admin, table, giver):
    taker = place.role("TAKER")
    place.open_to(taker)
    for session in (admin, giver):
        session.run(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}")
    giver.run(f"REVOKE SELECT ON TABLE {table} FROM ROLE {taker.name}")
    assert (taker.name, "ACCOUNTADMIN", "false") in holders(admin, table, "SELECT")
    assert taker.run("SELECT * FROM T") == []
    # The other one is ignored, and a REVOKE of nothing succeeds (revoke-privilege, usage notes).
    giver.run(f"REVOKE SELECT ON TABLE {table} FROM ROLE {taker.name}")
    assert taker.run("SELECT * FROM T") == []


def test_manage_grants_takes_back_every_instance(place, admin, table, giver):
    taker = place.role("TAKER")
    for session in (admin, giver):
        session.run(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}")
    admin.run(f"REVOKE SELECT ON TABLE {table} FROM ROLE {taker.name}")
    assert taker.name not in {row[0] for row in holders(admin, table, "SELECT")}


def test_a_parallel_grant_keeps_what_was_given_on(place, admin, table, giver):
    owner, other, taker = place.role("OWNER"), place.role("OTHER"), place.role("TAKER")
    place.open_to(owner, other)
    admin.run(f"GRANT OWNERSHIP ON TABLE {table} TO ROLE {owner.name} COPY CURRENT GRANTS")
    owner.run(f"GRANT SELECT ON TABLE {table} TO ROLE {other.name} WITH GRANT OPTION")
    for session in (owner, other):
        session.run(f"GRANT SELECT ON TABLE {table} TO ROLE {giver.name} WITH GRANT OPTION")
    giver.run(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}")
    other.run(f"REVOKE SELECT ON TABLE {table} FROM ROLE {giver.name}")
    assert (taker.name, giver.name, "false") in holders(admin, table, "SELECT")
    assert owner.refusal(f"REVOKE SELECT ON TABLE {table} FROM ROLE {giver.name}")[:2] == (3036, "2BP01")


def test_without_its_option_a_grantee_cannot_have_given_on(place, admin, table, giver):
    taker = place.role("TAKER")
    giver.run(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}")
    revoke = f"REVOKE GRANT OPTION FOR SELECT ON TABLE {table} FROM ROLE {giver.name}"
    assert admin.refusal(revoke)[:2] == (3036, "2BP01")
    admin.run(f"{revoke} CASCADE")
    assert holders(admin, table, "SELECT") == [(giver.name, "ACCOUNTADMIN", "false")]
    assert giver.refusal(f"GRANT SELECT ON TABLE {table} TO ROLE {taker.name}")[:2] == (3102, "42501")


def test_all_gives_what_the_role_may_give(place, admin, table, giver):
    taker = place.role("TAKER")
    giver.run(f"GRANT ALL PRIVILEGES ON TABLE {table} TO ROLE {taker.name}")
    held = {row["privilege"] for row in admin.dicts(f"SHOW GRANTS TO ROLE {taker.name}")}
    assert held == {"SELECT"}
    place.open_to(taker)
    assert taker.refusal(f"GRANT ALL ON TABLE {table} TO ROLE PUBLIC")[:2] == (3102, "42501")


def test_a_role_with_its_option_is_given_on(place, admin):
    inner, middle, outer = place.role("INNER"), place.role("MIDDLE"), place.role("OUTER")
    assert middle.refusal(f"GRANT ROLE {inner.name} TO ROLE {outer.name}")[:2] == (3102, "42501")
    admin.run(f"GRANT ROLE {inner.name} TO ROLE {middle.name} WITH GRANT OPTION")
    middle.run(f"GRANT ROLE {inner.name} TO ROLE {outer.name}")
    of = {
        (row["grantee_name"], row["granted_by"])
        for row in admin.dicts(f"SHOW GRANTS OF ROLE {inner.name}")
        if row["granted_to"] == "ROLE"
    }
    assert of == {(middle.name, "ACCOUNTADMIN"), (outer.name, middle.name)}
    assert admin.refusal(f"REVOKE ROLE {inner.name} FROM ROLE {middle.name}")[0] == 3036
    admin.run(f"REVOKE GRANT OPTION FOR ROLE {inner.name} FROM ROLE {middle.name} CASCADE")
    (row,) = [row for row in admin.dicts(f"SHOW GRANTS TO ROLE {middle.name}") if row["granted_on"] == "ROLE"]
    assert row["grant_option"] == "false"
    assert admin.dicts(f"SHOW GRANTS TO ROLE {outer.name}") == []
    refused = (2, "0A000", "Unsupported feature 'GRANT ROLE TO USER WITH GRANT OPTION'.")
    assert admin.refusal(f"GRANT ROLE {inner.name} TO USER EMBEDDED WITH GRANT OPTION") == refused


def test_only_accountadmin_gives_the_ai_functions(place, admin, connect, session_type):
    role = place.role("ANALYST")
    admin.run(f"GRANT USE AI FUNCTION AI_COMPLETE ON ACCOUNT TO ROLE {role.name}")
    (row,) = admin.dicts(f"SHOW GRANTS TO ROLE {role.name}")
    assert (row["privilege"], row["granted_on"]) == ("USE AI FUNCTION AI_COMPLETE", "ACCOUNT")
    security = session_type(connect(role="SECURITYADMIN"))
    security.run("USE SECONDARY ROLES NONE")
    refused = security.refusal(f"GRANT USE AI FUNCTIONS ON ACCOUNT TO ROLE {role.name}")
    assert refused[:2] == (3102, "42501")
    security.run(f"GRANT CREATE ROLE ON ACCOUNT TO ROLE {role.name}")


# Ownership


def test_ownership_of_all_tables_is_given_at_once(place, admin):
    heir, reader = place.role("HEIR"), place.role("READER")
    place.open_to(heir, reader)
    for name in ("ONE", "TWO"):
        admin.run(f"CREATE TABLE {name} (A INT)")
    admin.run(f"GRANT SELECT ON TABLE ONE TO ROLE {reader.name}")
    give = f"GRANT OWNERSHIP ON ALL TABLES IN SCHEMA {place.database}.S TO ROLE {heir.name}"
    assert admin.refusal(give)[0] == 3036
    assert {row["owner"] for row in admin.dicts("SHOW TABLES")} == {"ACCOUNTADMIN"}
    admin.run(f"{give} REVOKE CURRENT GRANTS")
    assert {row["owner"] for row in admin.dicts("SHOW TABLES")} == {heir.name}
    assert reader.refusal("SELECT * FROM ONE")[0] == 2003


def test_copied_grants_are_the_new_owners(place, admin, table, giver):
    heir = place.role("HEIR")
    giver.run(f"GRANT SELECT ON TABLE {table} TO ROLE PUBLIC")
    admin.run(f"GRANT OWNERSHIP ON TABLE {table} TO ROLE {heir.name} COPY CURRENT GRANTS")
    assert holders(admin, table, "SELECT") == [(giver.name, heir.name, "true"), ("PUBLIC", heir.name, "false")]
    # What was given on depends on nobody any more (grant-ownership, COPY).
    admin.run(f"REVOKE SELECT ON TABLE {table} FROM ROLE {giver.name}")
    assert holders(admin, table, "SELECT") == [("PUBLIC", heir.name, "false")]


def test_copying_takes_the_new_owner_or_manage_grants(place, admin):
    owner, heir = place.role("OWNER"), place.role("HEIR")
    place.open_to(owner)
    admin.run(f"GRANT CREATE TABLE ON SCHEMA {place.database}.S TO ROLE {owner.name}")
    owner.run("CREATE TABLE MINE (A INT)")
    owner.run("GRANT SELECT ON TABLE MINE TO ROLE PUBLIC")
    give = f"GRANT OWNERSHIP ON TABLE MINE TO ROLE {heir.name}"
    assert owner.refusal(f"{give} COPY CURRENT GRANTS")[:2] == (3102, "42501")
    owner.run(f"{give} REVOKE CURRENT GRANTS")
    assert owner.refusal("DROP TABLE MINE")[0] == 2003


def test_a_role_is_given_away_with_its_members(place, admin):
    role, heir = place.role("ROLE"), place.role("HEIR")
    admin.run(f"GRANT OWNERSHIP ON ROLE {role.name} TO ROLE {heir.name}")
    heir.run(f"GRANT ROLE {role.name} TO USER EMBEDDED")
    by = [row["granted_by"] for row in admin.dicts(f"SHOW GRANTS OF ROLE {role.name}")]
    assert sorted(by) == sorted(["ACCOUNTADMIN", heir.name])
    heir.run(f"DROP ROLE {role.name}")


def test_what_is_to_come_can_belong_to_another_role(place, admin):
    heir = place.role("HEIR")
    place.open_to(heir)
    give = f"GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA {place.database}.S TO ROLE"
    admin.run(f"{give} PUBLIC")
    admin.run(f"{give} {heir.name}")
    admin.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {place.database}.S TO ROLE PUBLIC")
    rows = admin.dicts(f"SHOW FUTURE GRANTS IN SCHEMA {place.database}.S")
    assert [(row["privilege"], row["grantee_name"]) for row in rows] == [("OWNERSHIP", heir.name), ("SELECT", "PUBLIC")]
    admin.run("CREATE TABLE COMING (A INT)")
    assert holders(admin, "COMING", "SELECT") == [("PUBLIC", heir.name, "false")]
    admin.run(f"GRANT CREATE TABLE ON SCHEMA {place.database}.S TO ROLE {heir.name}")
    admin.run("GRANT INSERT ON TABLE COMING TO ROLE PUBLIC")
    heir.run("CREATE OR REPLACE TABLE COMING COPY GRANTS AS SELECT 1 AS A")
    assert holders(admin, "COMING", "INSERT") == [("PUBLIC", heir.name, "false")]
    heir.run("DROP TABLE COMING")
    admin.run(f"REVOKE OWNERSHIP ON FUTURE TABLES IN SCHEMA {place.database}.S FROM ROLE {heir.name}")
    assert [row["privilege"] for row in admin.dicts(f"SHOW FUTURE GRANTS IN SCHEMA {place.database}.S")] == ["SELECT"]


# Managed access


def test_in_a_managed_access_schema_its_owner_decides(place, admin):
    owner, keeper, reader = place.role("OWNER"), place.role("KEEPER"), place.role("READER")
    managed = f"{place.database}.MANAGED"
    admin.run(f"CREATE SCHEMA {managed} WITH MANAGED ACCESS COMMENT = 'kept'")
    for role in (owner, reader):
        admin.run(f"GRANT USAGE ON DATABASE {place.database} TO ROLE {role.name}")
        admin.run(f"GRANT USAGE ON SCHEMA {managed} TO ROLE {role.name}")
    admin.run(f"GRANT USAGE ON DATABASE {place.database} TO ROLE {keeper.name}")
    admin.run(f"GRANT CREATE TABLE ON SCHEMA {managed} TO ROLE {owner.name}")
    admin.run(f"GRANT OWNERSHIP ON SCHEMA {managed} TO ROLE {keeper.name} COPY CURRENT GRANTS")
    owner.run(f"CREATE TABLE {managed}.T (A INT)")
    assert owner.refusal(f"GRANT SELECT ON TABLE {managed}.T TO ROLE {reader.name}")[:2] == (3102, "42501")
    keeper_sees = keeper.dicts(f"SHOW SCHEMAS LIKE 'MANAGED' IN DATABASE {place.database}")
    assert [(row["options"], row["comment"]) for row in keeper_sees] == [("MANAGED ACCESS", "kept")]
    admin.run(f"GRANT SELECT ON TABLE {managed}.T TO ROLE {keeper.name} WITH GRANT OPTION")
    keeper.run(f"GRANT SELECT ON TABLE {managed}.T TO ROLE {reader.name} WITH GRANT OPTION")
    assert reader.run(f"SELECT * FROM {managed}.T") == []
    assert {row["grant_option"] for row in admin.dicts(f"SHOW GRANTS ON TABLE {managed}.T")} == {"false"}
    assert "MANAGE GRANTS" in {row["privilege"] for row in admin.dicts(f"SHOW GRANTS ON SCHEMA {managed}")}
    keeper.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {managed} TO ROLE {reader.name}")
    owner.run(f"REVOKE SELECT ON TABLE {managed}.T FROM ROLE {reader.name}")
    assert reader.run(f"SELECT * FROM {managed}.T") == []
    keeper.run(f"ALTER SCHEMA {managed} DISABLE MANAGED ACCESS")
    owner.run(f"GRANT INSERT ON TABLE {managed}.T TO ROLE {reader.name}")
    refused = keeper.refusal(f"REVOKE SELECT ON FUTURE TABLES IN SCHEMA {managed} FROM ROLE {reader.name}")
    assert refused[:2] == (3102, "42501")
