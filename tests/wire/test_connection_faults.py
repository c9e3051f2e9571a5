"""What keeps a session from coming about is one diagnostic at its place in the project, through both drivers."""

from __future__ import annotations

import re
import shutil
import time

import pytest
from support.workspace import copy_project
from wire.project import FIRST_TRAINING, Wired, write_toml

from ftspec.emulator.launch import Account, attach

SECONDS = 30


@pytest.fixture(scope="module")
def attachment(tmp_path_factory):
    account = Account(tmp_path_factory.mktemp("account"), "ML", "SUPPORT", (FIRST_TRAINING / "setup.sql",), 0.3)
    with attach(account, idle_seconds=0.1) as attached:
        yield attached


@pytest.fixture
def wired(attachment, tmp_path):
    return Wired(copy_project(FIRST_TRAINING, tmp_path / "project"), attachment)


def check_fault(driver, wired, environment, place, message, hint=""):
    """Plan, and compare all that is printed with one diagnostic."""
    begin = time.monotonic()
    ran = driver.ftspec(wired.folder, "plan", **environment)
    assert time.monotonic() - begin < SECONDS
    assert ran.code == 1
    assert ran.out == ""
    first, *rest = ran.err.strip().splitlines()
    assert re.fullmatch(rf"ftspec\.yaml:{place}: error {message}", first), ran.err
    assert [line.strip() for line in rest] == ([f"hint: {hint}"] if hint else [])


def test_a_connection_that_is_not_known(driver, wired):
    environment = wired.name_connection()
    wired.rewrite("connection: wired", "connection: wirde")
    message = "FT301: there is no connection 'wirde' in Snowflake's connections.toml"
    check_fault(driver, wired, environment, "10:19", message, "did you mean 'wired'?")


def test_a_password_that_is_wrong(driver, wired):
    message = "FT302: connection 'wired': Snowflake does not accept this user and password"
    hint = "correct them in connections.toml"
    check_fault(driver, wired, wired.name_connection(password="wrong"), "10:19", message, hint)


def test_a_server_that_cannot_be_reached(driver, wired):
    message = "FT307: connection 'wired': Snowflake cannot be reached: .+"
    hint = "check account, host and network; `ftspec validate` needs no connection"
    check_fault(driver, wired, wired.name_connection(port=1), "10:19", message, hint)


def test_a_role_that_is_not_granted(driver, wired):
    environment = wired.name_connection()
    wired.rewrite("role: ML_TRAINER", "role: NOT_MINE")
    message = "FT303: connection 'wired': role NOT_MINE does not exist, or is not granted to its user"
    hint = "GRANT ROLE NOT_MINE TO USER …, or name another role"
    check_fault(driver, wired, environment, "11:13", message, hint)


def test_a_role_of_the_connection_that_is_not_granted(driver, wired):
    environment = wired.name_connection(role="NOT_MINE")
    wired.rewrite("      role: ML_TRAINER\n", "")
    message = "FT303: connection 'wired': its role does not exist, or is not granted to its user"
    check_fault(driver, wired, environment, "10:19", message, "GRANT ROLE … TO USER …, or name another role")


@pytest.mark.parametrize(
    ("setting", "place", "code", "name"),
    [
        ("database: ML", "6:13", "FT304", "MISSING"),
        ("schema: SUPPORT", "7:11", "FT305", "ML.MISSING"),
        ("warehouse: COMPUTE_WH", "12:18", "FT306", "MISSING"),
    ],
)
def test_a_place_that_is_missing(driver, wired, setting, place, code, name):
    environment = wired.name_connection()
    what = setting.partition(":")[0]
    wired.rewrite(setting, f"{what}: MISSING")
    message = f"{code}: {what} {re.escape(name)} does not exist, or role ML_TRAINER may not use it"
    hint = f"create it, or GRANT USAGE ON {what.upper()} {name} TO ROLE ML_TRAINER"
    check_fault(driver, wired, environment, place, message, hint)


def test_a_connections_toml_that_does_not_parse(driver, wired, tmp_path):
    environment = wired.name_connection()
    write_toml(tmp_path / "project home", "[wired\nuser = ")
    message = "FT301: Snowflake's connections.toml cannot be read: .+"
    check_fault(driver, wired, environment, "10:19", message)


def test_a_connection_that_is_no_section(driver, wired, tmp_path):
    environment = wired.name_connection()
    write_toml(tmp_path / "project home", "wired = 3\n")
    message = "FT301: there is no connection 'wired' in Snowflake's connections.toml"
    check_fault(driver, wired, environment, "10:19", message, "connections.toml is read from ~/.snowflake")


def test_a_connections_toml_that_everybody_may_read(driver, wired, tmp_path):
    environment = wired.name_connection()
    (tmp_path / "project home" / "connections.toml").chmod(0o644)
    ran = driver.ftspec(wired.folder, "plan", **environment)
    assert ran.code == 0, ran.err
    told = ran.err.splitlines()
    assert [line for line in told if "site-packages" in line] == []
    if driver.major == 4:
        assert re.match(r"ftspec\.yaml:10:19: warning FT313: the driver warns: Bad owner or permissions on ", told[0])
        assert told[1:] == ["  hint: let its owner alone read it: chmod 0600"]


def test_no_connections_toml_at_all(driver, wired, tmp_path):
    environment = wired.name_connection()
    shutil.rmtree(tmp_path / "project home")
    message = "FT301: there is no connection 'wired' in Snowflake's connections.toml"
    check_fault(driver, wired, environment, "10:19", message, "connections.toml is read from ~/.snowflake")


def test_verbose_shows_the_traceback(driver, wired):
    ran = driver.ftspec(wired.folder, "-v", "plan", **wired.name_connection(password="wrong"))
    assert ran.code == 1
    assert "ftspec.yaml:10:19: error FT302" in ran.err
    assert "Traceback (most recent call last)" in ran.err


def test_nothing_but_the_plan_is_printed_when_all_is_well(driver, wired):
    ran = driver.ftspec(wired.folder, "plan", **wired.name_connection())
    assert ran.code == 0
    assert ran.err == ""
    assert "\x1b" not in ran.out
