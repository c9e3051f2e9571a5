"""Random sets of declared and live grants, on the embedded Snowflake, judged by what it lets each role do.

They converge in one apply; what is out of scope is never revoked; and a grantee that has what is declared keeps it at
every step of the apply, also while a model is trained again and replaced.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st
from support.embedded_project import EmbeddedProject, document

from ftspec.engine.session import SessionError
from ftspec.model.address import Address
from ftspec.model.change import Action

FEW = 8
EACH = int(os.environ.get("FTSPEC_PRIVILEGE_EXAMPLES", FEW))
SEED = int(os.environ.get("FTSPEC_TORTURE_SEED", "0"))
TABLES = ("T1", "T2", "T3")
GRANTEES = {"A": "ROLE A", "B": "ROLE B", "BASE": "ROLE BASE", "DR": "DATABASE ROLE ML.DR"}
PRIVILEGES = ("SELECT", "INSERT")
PAIRS = tuple(itertools.product(PRIVILEGES, TABLES))
SETUP = """
CREATE ROLE FT; CREATE ROLE G; CREATE ROLE A; CREATE ROLE B; CREATE ROLE BASE;
GRANT ROLE FT TO ROLE SYSADMIN; GRANT ROLE G TO ROLE SYSADMIN; GRANT ROLE A TO ROLE SYSADMIN;
GRANT ROLE B TO ROLE SYSADMIN; GRANT ROLE BASE TO ROLE B;
GRANT CREATE DATABASE ON ACCOUNT TO ROLE FT;
USE ROLE FT;
CREATE DATABASE ML; CREATE SCHEMA ML.S;
CREATE TABLE ML.S.T1 (PROMPT VARCHAR, COMPLETION VARCHAR);
CREATE TABLE ML.S.T2 (X VARCHAR); CREATE TABLE ML.S.T3 (X VARCHAR);
CREATE DATABASE ROLE ML.DR;
GRANT USAGE ON DATABASE ML TO ROLE A; GRANT USAGE ON SCHEMA ML.S TO ROLE A;
GRANT USAGE ON DATABASE ML TO ROLE B; GRANT USAGE ON SCHEMA ML.S TO ROLE B;
GRANT USAGE ON DATABASE ML TO ROLE BASE; GRANT USAGE ON SCHEMA ML.S TO ROLE BASE;
GRANT USAGE ON DATABASE ML TO ROLE G; GRANT USAGE ON SCHEMA ML.S TO ROLE G;
GRANT USAGE ON SCHEMA ML.S TO DATABASE ROLE ML.DR; GRANT DATABASE ROLE ML.DR TO ROLE A;
GRANT SELECT ON TABLE ML.S.T1 TO ROLE G WITH GRANT OPTION;
"""
LLAMA = Address("model", "llama")
MODEL = [
    ("Dataset", "pairs", {"table": "T1"}),
    ("FineTunedModel", "llama", {"base_model": "llama3-8b", "training_data": "pairs"}),
]
"""A model of a table without rows: what its presets take is granted, and it is never trained."""


@dataclass(frozen=True)
class Declared:
    """What a manifest says of one grantee: grants and those that can be given on, what is authoritative, can_train."""

    grants: frozenset
    given_on: frozenset = frozenset()
    owned: frozenset = frozenset()
    trains: bool = False

    @property
    def selects(self):
        """The tables that the grantee can read, however it comes to it."""
        return {table for privilege, table in self.grants if privilege == "SELECT"} | ({"T1"} if self.trains else set())

    def made(self, name):
        """Every grant that ftspec may have to make for it."""
        return {(name, *pair) for pair in self.grants} | {(name, "SELECT", table) for table in self.selects}

    def document(self, name):
        spec = {"role": name} if name != "DR" else {"database_role": "DR"}
        spec["grants"] = [
            {"privilege": pair[0], "table": pair[1], "with_grant_option": pair in self.given_on}
            for pair in sorted(self.grants)
        ]
        if self.owned:
            spec |= {"mode": "authoritative", "authoritative_for": [{"table": table} for table in sorted(self.owned)]}
        if self.trains:
            spec["can_train"] = ["llama"]
        return document("Privileges", name.lower(), spec)


declared = st.builds(
    Declared,
    st.frozensets(st.sampled_from(PAIRS), max_size=4),
    st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(PAIRS), max_size=6)),
    st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(TABLES), max_size=2)),
    st.booleans(),
)
manifests = st.dictionaries(st.sampled_from(sorted(GRANTEES)), declared, max_size=4)
by_hand = st.dictionaries(
    st.tuples(st.sampled_from(sorted(GRANTEES)), st.sampled_from(PAIRS)), st.booleans(), max_size=5
)


class Account(EmbeddedProject):
    """The project, and a session that tries what roles may do."""

    def __init__(self, folder):
        super().__init__(folder, SETUP, role="FT", database="ML", schema="S", lock=False)
        self.tried = self.open()

    def declare(self, told):
        privileges = [entry.document(name) for name, entry in sorted(told.items())]
        self.load(*(document(*each) for each in MODEL), *privileges)

    def may_select(self, role, table):
        """Let the server itself say: it runs a query as that role."""
        self.tried.execute(f"USE ROLE {role}")
        try:
            self.tried.execute(f"SELECT COUNT(*) FROM ML.S.{table}")
        except SessionError:
            return False
        return True

    def held(self):
        """Tell who holds what on the tables, and from whom, ownership left out; and whether it can be given on."""
        rows = [row for table in TABLES for row in self.admin.execute(f"SHOW GRANTS ON TABLE ML.S.{table}")]
        return {
            (
                str(row["grantee_name"]).rpartition(".")[2],
                row["privilege"],
                str(row["name"])[-2:],
                row["granted_by"],
            ): row["grant_option"] == "true"
            for row in rows
            if row["privilege"] != "OWNERSHIP" and row["grantee_name"] != "G"
        }

    def clear(self):
        for grantee, privilege, table, _ in sorted(self.held()):
            self.admin.execute(f"REVOKE {privilege} ON TABLE ML.S.{table} FROM {GRANTEES[grantee]}")


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    account = Account(tmp_path_factory.mktemp("privileges"))
    yield account
    account.tried.close()
    account.close()


@seed(SEED)
@settings(
    max_examples=EACH,
    deadline=None,
    database=None,
    # What fails is made short where many are drawn, which takes as long as drawing them.
    phases=[Phase.generate, Phase.shrink] if EACH > FEW else [Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(manifests, by_hand, st.sampled_from([(), ("A",), ("B", "BASE")]), manifests)
def test_they_converge_in_one_apply_and_nothing_declared_is_missing_meanwhile(account, first, meddled, others, then):
    account.clear()
    account.declare(first)
    account.apply()
    for (grantee, (privilege, table)), option in sorted(meddled.items()):
        behind = " WITH GRANT OPTION" if option else ""
        account.session.execute(f"GRANT {privilege} ON TABLE ML.S.{table} TO {GRANTEES[grantee]}{behind}")
    account.tried.execute("USE ROLE G")
    for role in others:
        account.tried.execute(f"GRANT SELECT ON TABLE ML.S.T1 TO ROLE {role}")

    account.declare(then)
    before = account.held()
    wanted = [
        (name, table)
        for name, entry in sorted(then.items())
        for table in sorted(entry.selects)
        if name != "DR" and account.may_select(name, table)
    ]
    account.apply(lambda: check(account, wanted))

    after = account.held()
    for name, entry in then.items():
        assert {(name, *pair) for pair in entry.grants} <= {found[:3] for found in after}
        given_on = {found[:3] for found, option in after.items() if option}
        assert {(name, *pair) for pair in entry.grants & entry.given_on} <= given_on
        kept_option = {found[1:3] for found in given_on if found[0] == name} - entry.given_on
        assert not {pair for pair in kept_option if pair[1] in entry.owned}
        check(account, [(name, table) for table in entry.selects if name != "DR"])
    ours = {made for name, entry in first.items() for made in entry.made(name)}
    owned = {(name, table) for name, entry in then.items() for table in entry.owned}
    out_of_scope = {found for found in before if found[:3] not in ours and (found[0], found[2]) not in owned}
    assert out_of_scope <= after.keys()
    assert all(after[found] for found in out_of_scope if before[found])
    again = account.plan().plan
    assert not again.steps
    left = {change.address for change in again.changes if change.action is Action.BLOCKED} - {LLAMA}
    kept = {found[0] for found in after if found[3] == "G"}
    assert {address.name.upper().removeprefix("ML.") for address in left} <= kept


def check(account, wanted):
    for role, table in wanted:
        assert account.may_select(role, table), f"{role} lost SELECT on {table}"


GIVEN = {"privilege": "USAGE", "model": "LLAMA"}
CALLS = (
    {"can_use": ["llama"]},
    {"grants": [GIVEN]},
    {"grants": [{**GIVEN, "with_grant_option": True}]},
    {"grants": [{"privilege": "READ", "model": "LLAMA"}]},
    {"grants": [{"database_role": "DR"}]},
)
"""What a manifest may say of one grantee about a model: the first three let it call the model."""
callers = st.dictionaries(st.sampled_from(sorted(GRANTEES)), st.sampled_from(CALLS), max_size=4)
trained = st.sampled_from(("a", "b", "c"))


class Trained(EmbeddedProject):
    """A project whose model is trained and replaced, and a session that tries who may call it."""

    def __init__(self, folder):
        super().__init__(folder, SETUP, role="FT", database="ML", schema="S", lock=False, training_seconds=0.05)
        self.session.execute("INSERT INTO ML.S.T1 VALUES ('a', 'b'), ('b', 'c'), ('c', 'd'), ('d', 'e'), ('e', 'f')")
        self.admin.execute("REVOKE DATABASE ROLE ML.DR FROM ROLE A")
        self.tried = self.open()

    def declare(self, told, left_out):
        dataset = {"query": f"SELECT PROMPT, COMPLETION FROM ML.S.T1 WHERE PROMPT <> '{left_out}'"}
        model = {"base_model": "llama3-8b", "training_data": "pairs"}
        listed = [("Dataset", "pairs", dataset), ("FineTunedModel", "llama", model)]
        for name, entry in sorted(told.items()):
            if name != "DR" or {"database_role": "DR"} not in entry.get("grants", ()):
                key = "database_role" if name == "DR" else "role"
                listed.append(("Privileges", name.lower(), {key: name, **entry}))
        self.load(*(document(*each) for each in listed))

    def may_call(self, role):
        """Let the server itself say: it asks the model as that role."""
        self.tried.execute(f"USE ROLE {role}")
        try:
            self.tried.execute("SELECT AI_COMPLETE('ML.S.LLAMA', 'a')")
        except SessionError:
            return False
        return True

    def check(self, roles):
        """See that roles may call the model; between the two renames of a swap nobody may."""
        if not self.admin.execute("SHOW MODELS LIKE 'LLAMA' IN SCHEMA ML.S"):
            return
        for role in roles:
            assert self.may_call(role), f"{role} cannot call the model any more"


@pytest.fixture(scope="module")
def trained_account(tmp_path_factory):
    account = Trained(tmp_path_factory.mktemp("trained"))
    yield account
    account.tried.close()
    account.close()


@seed(SEED)
@settings(
    max_examples=EACH // 2,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink] if EACH > FEW else [Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(callers, trained, callers, trained)
@example({"BASE": CALLS[0]}, "a", {"B": CALLS[0]}, "b")
@example({"DR": CALLS[0], "A": CALLS[4]}, "c", {"A": CALLS[1]}, "a")
def test_who_may_call_a_model_may_so_all_the_while_it_is_replaced(trained_account, first, data, then, other):
    account = trained_account
    account.declare(first, data)
    account.apply()
    account.declare(then, other)
    declared = [name for name, entry in sorted(then.items()) if name != "DR" and entry in CALLS[:3]]
    able = [name for name in declared if account.may_call(name)]
    account.apply(lambda: account.check(able))
    account.check(declared)
    assert not account.plan().plan.steps
