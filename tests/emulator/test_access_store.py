"""Access control where it can be looked at without a driver: the end of SHOW, stages, and what is remembered."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

import pytest

from ftspec.emulator.access import Grant, Grantee
from ftspec.emulator.account import OpenAccount
from ftspec.emulator.catalog import Catalog, Entry
from ftspec.emulator.executor import Executor, StatementRequest
from ftspec.emulator.names import Key, role_key
from ftspec.emulator.settings import Settings, write_settings

# pytest forgets the filter that the server sets when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result:UserWarning")


class Server:
    """An account in this process."""

    def __init__(self, folder):
        (folder / "account").mkdir()
        self.account = OpenAccount(folder / "account", Settings(folder))
        self._executor = Executor(self.account, folder)
        self._session = self.account.open_session("EMBEDDED", "ACCOUNTADMIN")

    def close(self):
        """Close its files."""
        self.account.close()
        self._executor.log.close()

    def run(self, sql):
        """Give the rows of a statement, or the number of its refusal."""
        answer = self._executor.run(self._session, StatementRequest(sql))
        return answer["data"]["rowset"] if answer["success"] else int(answer["code"])


@pytest.fixture
def server(tmp_path):
    built = Server(tmp_path)
    yield built
    built.close()


def test_show_ends_at_10000_rows(server):
    with server.account.catalog.transaction():
        for number in range(10_050):
            server.account.catalog.put(Entry(Key("SCHEMA", f"M{number:05}", "D"), "ACCOUNTADMIN", 0))
    for rest in ("", "LIKE 'M%'"):
        rows = server.run(f"SHOW SCHEMAS {rest} IN ACCOUNT")
        assert (len(rows), rows[-1][1]) == (10_000, "M09999")
    after = server.run("SHOW SCHEMAS IN ACCOUNT LIMIT 100 FROM 'M0999'")
    assert [row[1] for row in after][:2] == ["M09991", "M09992"]
    assert len(after) == 59


def test_privileges_on_a_stage(server):
    assert server.run("CREATE DATABASE D")
    server.run("CREATE ROLE READER")
    with server.account.catalog.transaction():
        server.account.catalog.put(Entry(Key("STAGE", "FILES", "D", "PUBLIC"), "ACCOUNTADMIN", 0))
    assert server.run("GRANT WRITE ON STAGE D.PUBLIC.FILES TO ROLE READER") == 3041
    assert server.run("GRANT SELECT ON STAGE D.PUBLIC.FILES TO ROLE READER") == 1008
    server.run("GRANT WRITE, READ ON STAGE FILES TO ROLE READER")
    server.run("GRANT ALL ON ALL STAGES IN DATABASE D TO ROLE READER")
    server.run("REVOKE USAGE ON STAGE FILES FROM ROLE READER")
    server.run("GRANT READ ON FUTURE STAGES IN SCHEMA D.PUBLIC TO ROLE READER")
    held = {(row[1], row[2], row[3]) for row in server.run("SHOW GRANTS TO ROLE READER")}
    assert held == {("READ", "STAGE", "D.PUBLIC.FILES"), ("WRITE", "STAGE", "D.PUBLIC.FILES")}
    assert [row[3] for row in server.run("SHOW FUTURE GRANTS IN SCHEMA D.PUBLIC")] == ["D.PUBLIC.<STAGE>"]
    assert server.run("GRANT READ ON STAGE D.PUBLIC.NO_SUCH TO ROLE READER") == 2003


def test_what_is_remembered_is_forgotten_with_every_change(tmp_path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    key, to = role_key("R"), Grantee("ROLE", "S")
    assert catalog.find(key) is None
    assert catalog.hierarchy() == {}
    with catalog.transaction():
        catalog.put(Entry(key, "OWNER", 0))
        catalog.put_grant(Grant(key, "USAGE", to, option=False, by="OWNER", created=0))
    assert catalog.find(key).owner == "OWNER"
    assert catalog.hierarchy() == {"S": ("R",)}
    with suppress(sqlite3.OperationalError), catalog.transaction():
        catalog.remove(key)
        assert (catalog.find(key), catalog.grants_on(key)) == (None, ())
        catalog.connection.execute("what SQLite does not know ends the transaction")
    assert catalog.find(key).owner == "OWNER"
    assert len(catalog.grants_on(key)) == 1
    catalog.close()


def test_settings_are_read_again_when_they_change(tmp_path):
    settings = Settings(tmp_path)
    assert settings.module_for_model is False
    for value in (True, False, True):
        write_settings(tmp_path, {"module_for_model": value})
        assert settings.module_for_model is value
    (tmp_path / "settings.json").unlink()
    assert settings.module_for_model is False
