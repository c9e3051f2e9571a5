"""An embedded Snowflake a test worker, connections that close themselves, and places of a test's own."""

from __future__ import annotations

import itertools

import pytest

_NUMBERS = itertools.count(1)


class Place:
    """A database and schema of one test, and roles that begin with nothing."""

    def __init__(self, connect):
        self.number = next(_NUMBERS)
        self.database = f"DB{self.number}"
        self._connect = connect
        self.admin = Session(connect())
        self.admin.run(f"CREATE DATABASE {self.database}")
        self.admin.run(f"CREATE SCHEMA {self.database}.S")

    def role(self, name):
        """Make a role that nobody inherits from, and give a session that has it alone."""
        role = f"{name}_{self.number}"
        self.admin.run(f"CREATE ROLE {role}")
        self.admin.run(f"GRANT ROLE {role} TO USER EMBEDDED")
        session = Session(self._connect(role=role))
        session.run("USE SECONDARY ROLES NONE")
        session.name = role
        return session

    def open_to(self, *sessions):
        """Let roles use the database and the schema."""
        for session in sessions:
            self.admin.run(f"GRANT USAGE ON DATABASE {self.database} TO ROLE {session.name}")
            self.admin.run(f"GRANT USAGE ON SCHEMA {self.database}.S TO ROLE {session.name}")
            session.run(f"USE SCHEMA {self.database}.S")


class Session:
    """A connection that runs a statement and gives its rows."""

    def __init__(self, connection):
        self.connection = connection
        self.name = connection.role

    def run(self, sql, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, *parameters)
            self.columns = [column.name for column in cursor.description]
            self.types = [column.type_code for column in cursor.description]
            return cursor.fetchall()

    def one(self, sql, *parameters):
        return self.run(sql, *parameters)[0][0]

    def dicts(self, sql):
        rows = self.run(sql)
        return [dict(zip(self.columns, row, strict=True)) for row in rows]

    def refusal(self, sql, *parameters):
        """Give (errno, SQLSTATE, message) of a statement that must be refused."""
        from snowflake.connector.errors import DatabaseError  # noqa: PLC0415  # only the wire tests need the driver

        with pytest.raises(DatabaseError) as caught:
            self.run(sql, *parameters)
        assert caught.value.sfqid
        return caught.value.errno, caught.value.sqlstate, caught.value.raw_msg


@pytest.fixture(scope="session")
def attachment(tmp_path_factory):
    from ftspec.emulator.launch import Account, attach  # noqa: PLC0415  # only the wire tests need the server

    folder = tmp_path_factory.mktemp("account")
    with attach(Account(folder, None, None, training_seconds=0.5), idle_seconds=0.2) as attached:
        yield attached


@pytest.fixture
def connect(attachment):
    from snowflake.connector import connect as open_connection  # noqa: PLC0415  # only the wire tests need the driver

    opened = []

    def build(**changes):
        connection = open_connection(**{**attachment.parameters(), **changes})
        opened.append(connection)
        return connection

    yield build
    for connection in opened:
        connection.close()


@pytest.fixture
def place(connect):
    return Place(connect)


@pytest.fixture
def admin(place):
    return place.admin


@pytest.fixture(scope="session")
def session_type():
    return Session
