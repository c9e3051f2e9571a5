"""Random statements of random roles: the embedded Snowflake and a model of the rules agree on every outcome.

The model (support/privilege_rules.py) is written from Snowflake's pages and shares nothing with the emulator.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.privilege_rules import ACCOUNT, ADMIN, RefusedError, Rules

# pytest forgets the filter that the server sets when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result:UserWarning")

DATABASE, SCHEMA, KEPT = ("DATABASE", "D"), ("SCHEMA", "D.S"), ("SCHEMA", "D.K")
ELSEWHERE = ("DATABASE", "E")
ROLES = tuple(("ROLE", f"R{n}") for n in range(4))
DATABASE_ROLES = (("DATABASE_ROLE", "D.X"), ("DATABASE_ROLE", "D.Y"), ("DATABASE_ROLE", "E.X"))
TABLES = (("TABLE", "D.S.T"), ("TABLE", "D.K.T"))
VIEWS = (("VIEW", "D.S.V"), ("VIEW", "D.K.V"))
USER = ("USER", "PAT")
PLACED = {
    "DATABASE": ("USAGE", "CREATE DATABASE ROLE"),
    "SCHEMA": ("USAGE", "CREATE TABLE", "CREATE VIEW"),
    "TABLE": ("SELECT", "INSERT"),
    "VIEW": ("SELECT",),
    "ACCOUNT": ("MANAGE GRANTS", "CREATE ROLE"),
}
# Those who own something act more often, so that something is granted at all.
actors = st.sampled_from([*(name for _, name in ROLES), ADMIN, ADMIN, "R0", "R1"])
holders = st.sampled_from([*ROLES, *DATABASE_ROLES, ("ROLE", "PUBLIC")])
targets = st.sampled_from([DATABASE, SCHEMA, KEPT, *TABLES, *TABLES, *VIEWS, ACCOUNT])
flags = st.booleans()
currents = st.sampled_from(["", "COPY", "REVOKE"])


def privileges_on(on):
    chosen = st.lists(st.sampled_from(PLACED[on[0]]), min_size=1, max_size=2, unique=True)
    return st.tuples(st.just(on), chosen.map(sorted).map(tuple))


granted = targets.flatmap(privileges_on)
memberships = st.one_of(
    st.tuples(st.sampled_from(ROLES), st.sampled_from([*ROLES, USER])),
    st.tuples(st.sampled_from(DATABASE_ROLES), st.sampled_from([*ROLES, *DATABASE_ROLES])),
)
futures = st.tuples(
    st.sampled_from(["TABLE", "VIEW"]), st.sampled_from(["SELECT", "OWNERSHIP"]),
    st.sampled_from([DATABASE, SCHEMA, KEPT]),
)  # fmt: skip
# What comes and goes: the other roles stay, so that something can be given to them.
changing = st.sampled_from([*TABLES, *VIEWS, ROLES[3], DATABASE_ROLES[1]])
statements = st.one_of(
    st.tuples(st.just("grant"), actors, granted, holders, flags),
    st.tuples(st.just("grant"), actors, granted, holders, flags),
    st.tuples(st.just("revoke"), actors, granted, holders, flags, flags),
    st.tuples(st.just("grant role"), actors, memberships, flags),
    st.tuples(st.just("revoke role"), actors, memberships, flags, flags),
    st.tuples(
        st.just("give"), actors, st.sampled_from([SCHEMA, KEPT, *TABLES, *VIEWS, *ROLES]),
        st.sampled_from([*ROLES, *DATABASE_ROLES]), currents,
    ),
    st.tuples(st.just("future"), actors, futures, holders, flags),
    st.tuples(st.just("create"), actors, changing),
    st.tuples(st.just("drop"), actors, changing),
    st.tuples(st.just("select"), actors, st.sampled_from([*TABLES, *VIEWS])),
    st.tuples(st.just("insert"), actors, st.sampled_from(TABLES)),
    st.tuples(st.just("manage"), actors, flags),
    st.tuples(st.just("assume"), st.sampled_from(ROLES)),
)  # fmt: skip


# Two corners where it takes several statements of one kind for something to happen: what is given on and taken back,
# and what waits for objects to come.
select = st.sampled_from([(table, ("SELECT",)) for table in (TABLES[0], *TABLES)])
givers, takers = st.sampled_from(["R0", "R1", "R2", "R3"]), st.sampled_from(ROLES[1:])
given_on = st.one_of(
    st.tuples(st.just("grant"), givers, select, takers, st.sampled_from([True, True, False])),
    st.tuples(st.just("revoke"), givers, select, takers, flags, flags),
    st.tuples(st.just("manage"), st.just(ADMIN), flags),
    st.tuples(st.just("select"), givers, st.sampled_from(TABLES)),
)
coming = st.sampled_from([TABLES[0], TABLES[0], VIEWS[0]])
to_come = st.one_of(
    st.tuples(st.just("future"), st.just(ADMIN), futures, takers, st.sampled_from([False, False, False, True])),
    st.tuples(st.just("drop"), st.sampled_from(["R0", "R0", "R1"]), coming),
    st.tuples(st.just("create"), st.sampled_from([ADMIN, "R0"]), coming),
    st.tuples(st.just("give"), st.sampled_from(["R0", "R1"]), coming, st.sampled_from(ROLES[:2]), currents),
    st.tuples(st.just("select"), givers, coming),
)
sequences = st.one_of(*(st.lists(kind, min_size=10, max_size=30) for kind in (statements, given_on, to_come)))

# What most statements of a role need; everything else is drawn.
BEGIN = (
    *(("grant", ADMIN, (DATABASE, ("USAGE",)), role, False) for role in ROLES[:3]),
    *(("grant", ADMIN, (schema, ("USAGE",)), role, False) for schema in (SCHEMA, KEPT) for role in ROLES[:2]),
    ("grant", ADMIN, (SCHEMA, ("CREATE TABLE", "CREATE VIEW")), ROLES[0], True),
    ("grant", ADMIN, (KEPT, ("CREATE TABLE", "CREATE VIEW")), ROLES[1], False),
    ("grant", ADMIN, (ACCOUNT, ("CREATE ROLE",)), ROLES[2], False),
    *(("create", ADMIN, role) for role in DATABASE_ROLES),
    *(("create", role, on) for role, on in (("R0", TABLES[0]), ("R1", TABLES[1]), ("R0", VIEWS[0]))),
    ("grant", "R0", (TABLES[0], ("SELECT",)), ROLES[1], True),
    ("grant", "R1", (TABLES[0], ("SELECT",)), ROLES[2], True),
    ("grant", "R0", (VIEWS[0], ("SELECT",)), ROLES[2], False),
    ("create", "R1", VIEWS[1]),
    ("grant role", ADMIN, (DATABASE_ROLES[0], ROLES[2]), True),
    ("grant role", ADMIN, (ROLES[3], USER), False),
)


class World:
    """An account in this process, and a session for each role; `begin` puts everything back."""

    def __init__(self, folder):
        from ftspec.emulator.account import OpenAccount  # noqa: PLC0415  # needs the server's packages
        from ftspec.emulator.executor import Executor, StatementRequest  # noqa: PLC0415  # the same
        from ftspec.emulator.settings import Settings  # noqa: PLC0415  # the same

        (folder / "account").mkdir()
        self.account = OpenAccount(folder / "account", Settings(folder))
        self.executor = Executor(self.account, folder)
        self._request = StatementRequest
        self.sessions = {name: self.open("EMBEDDED", name) for name in (ADMIN, *(name for _, name in ROLES))}
        self.user = self.open("PAT", "PUBLIC")
        for sql in ("CREATE DATABASE E", "CREATE DATABASE D", "CREATE SCHEMA S", "CREATE SCHEMA K WITH MANAGED ACCESS",
                    "CREATE USER PAT"):  # fmt: skip
            assert self.run(self.sessions[ADMIN], sql) is None
        for _, name in ROLES:
            assert self.run(self.sessions[ADMIN], f"CREATE ROLE {name}") is None
        self.rules = Rules(
            owners=dict.fromkeys([DATABASE, ELSEWHERE, SCHEMA, KEPT, *ROLES], ADMIN),
            grants={(ACCOUNT, "MANAGE GRANTS", ADMIN, ""): False, (ACCOUNT, "CREATE ROLE", ADMIN, ""): False},
            managed={KEPT},
        )
        for step in BEGIN:
            expect(self.rules, step, ())
            assert self.run(self.sessions[step[1]], write(step)) is None
        self._rows = {table: self._read(table) for table in ("objects", "grants", "future_grants")}

    def open(self, user, role):
        session = self.account.open_session(user, role, secondary="NONE")
        session.warehouse = "COMPUTE_WH"
        return session

    def _read(self, table):
        return self.account.catalog.connection.execute(f"SELECT * FROM {table}").fetchall()

    def begin(self):
        for sql in (
            *(f"CREATE TABLE IF NOT EXISTS {name} (A INT)" for _, name in TABLES),
            *(f"CREATE VIEW IF NOT EXISTS {name} AS SELECT A FROM D.S.T" for _, name in VIEWS),
        ):
            self.sessions[ADMIN].data.duck.execute(sql)
        self.account.catalog.memory.forget()
        with self.account.catalog.transaction():
            for table, rows in self._rows.items():
                self.account.catalog.connection.execute(f"DELETE FROM {table}")
                if not rows:
                    continue
                marks = ", ".join("?" * len(rows[0]))
                self.account.catalog.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        return self.rules.copy()

    def run(self, session, sql):
        """Run a statement and give the number of its refusal."""
        answer = self.executor.run(session, self._request(sql))
        return None if answer["success"] else int(answer["code"])

    def rows(self, sql):
        answer = self.executor.run(self.sessions[ADMIN], self._request(sql))
        assert answer["success"], answer["message"]
        names = [column["name"] for column in answer["data"]["rowtype"]]
        return [dict(zip(names, row, strict=True)) for row in answer["data"]["rowset"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    built = World(tmp_path_factory.mktemp("model"))
    yield built
    built.account.close()
    built.executor.log.close()


def shown(one):
    return f"{one[0].replace('_', ' ')} {one[1]}" if one != ACCOUNT else "ACCOUNT"


def write(step):
    """Write a step as SQL."""
    match step:
        case ("grant", _, (on, privileges), to, option):
            return f"GRANT {', '.join(privileges)} ON {shown(on)} TO {shown(to)}{ending(option)}"
        case ("revoke", _, (on, privileges), to, option, cascade):
            return f"REVOKE {beginning(option)}{', '.join(privileges)} ON {shown(on)} FROM {shown(to)}{end(cascade)}"
        case ("grant role", _, (on, to), option):
            return f"GRANT {shown(on)} TO {shown(to)}{ending(option and to != USER)}"
        case ("revoke role", _, (on, to), option, cascade):
            return f"REVOKE {beginning(option and to != USER)}{shown(on)} FROM {shown(to)}{end(cascade)}"
        case ("give", _, on, to, current):
            return f"GRANT OWNERSHIP ON {shown(on)} TO {shown(to)}{f' {current} CURRENT GRANTS' if current else ''}"
        case ("future", _, (kind, privilege, place), to, revoke):
            verb, link = ("REVOKE", "FROM") if revoke else ("GRANT", "TO")
            return f"{verb} {privilege} ON FUTURE {kind}S IN {shown(place)} {link} {shown(to)}"
        case ("create" | "drop" as verb, _, (kind, _) as on):
            body = {("create", "TABLE"): " (A INT)", ("create", "VIEW"): " AS SELECT A FROM D.S.T"}.get(
                (verb, kind), ""
            )
            return f"{verb.upper()} {shown(on)}{body}"
    return write_use(step)


def write_use(step):
    """Write a step that uses what was granted."""
    match step:
        case ("select", _, on):
            return f"SELECT * FROM {on[1]}"
        case ("insert", _, on):
            return f"INSERT INTO {on[1]} VALUES (1)"
        case ("manage", _, on):
            return f"ALTER SCHEMA D.K {'ENABLE' if on else 'DISABLE'} MANAGED ACCESS"
        case ("assume", on):
            return f"USE ROLE {on[1]}"
    raise AssertionError(step)


def ending(option):
    return " WITH GRANT OPTION" if option else ""


def beginning(option):
    return "GRANT OPTION FOR " if option else ""


def end(cascade):
    return " CASCADE" if cascade else ""


def expect(rules, step, pats):  # noqa: C901, PLR0912  # one arm a statement
    """Make a step in the model; raises RefusedError."""
    match step:
        case ("grant", role, (on, privileges), to, option):
            rules.grant(role, privileges, on, to, option=option)
        case ("revoke", role, (on, privileges), to, option, cascade):
            rules.revoke(role, privileges, on, to, option_only=option, cascade=cascade)
        case ("grant role", role, (on, to), option):
            rules.grant_role(role, on, to, option=option and to != USER)
        case ("revoke role", role, (on, to), option, cascade):
            rules.revoke_role(role, on, to, option_only=option and to != USER, cascade=cascade)
        case ("give", role, on, to, current):
            rules.give(role, on, to, current)
        case ("future", role, (kind, privilege, place), to, revoke):
            rules.grant_future(role, kind, privilege, place, to, revoke=revoke)
        case ("create", role, ("TABLE", _) as on):
            rules.create(role, on)
        case ("create", role, ("VIEW", _) as on):
            rules.create(role, on, reads=TABLES[0])
        case ("create", role, ("ROLE", _) as on):
            rules.create_role(role, on)
        case ("create", role, on):
            rules.create_database_role(role, on)
        case ("drop", role, on):
            rules.drop(role, on)
        case ("select", role, on):
            rules.use(role, "SELECT", on)
        case ("insert", role, on):
            rules.use(role, "INSERT", on)
        case ("manage", role, switched):
            rules.need_ownership(role, KEPT)
            rules.managed = {KEPT} if switched else set()
        case ("assume", on):
            rules.assume(pats, on)


@settings(max_examples=200)
@given(steps=sequences)
def test_the_emulator_and_the_model_agree(world, steps):
    rules = world.begin()
    done = []
    for step in steps:
        before = rules.copy()
        if step[0] != "assume" and step[1] != ADMIN and ("ROLE", step[1]) not in rules.owners:
            continue
        pats = [on[1] for on, _, to, _ in rules.grants if to == USER]
        try:
            expect(rules, step, pats)
            expected = None
        except RefusedError as refused:
            rules, expected = before, refused.number
        session = world.user if step[0] == "assume" else world.sessions[step[1]]
        done.append((step[1] if step[0] != "assume" else USER, write(step), expected))
        assert world.run(session, write(step)) == expected, done
    compare(world, rules, done)


def compare(world, rules, done):
    """Compare every grant with what SHOW GRANTS says of it."""
    for on, owner in rules.owners.items():
        held = {
            (privilege, grantee_name(to), by, option and rules.managing(on) is None)
            for (where, privilege, to, by), option in rules.grants.items()
            if where == on
        }
        rows = [row for row in world.rows(f"SHOW GRANTS ON {shown(on)}") if row["privilege"] != "MANAGE GRANTS"]
        said = {
            (row["privilege"], row["grantee_name"], row["granted_by"], row["grant_option"] == "true") for row in rows
        }
        ownership = {one for one in said if one[0] == "OWNERSHIP"}
        assert {(name, by) for _, name, by, _ in ownership} == {(owner, owner)}, (on, done)
        assert said - ownership == held, (on, done)


def grantee_name(to):
    return to[1] if isinstance(to, tuple) else to
