"""Logging in through the real driver: users, passwords, roles, what is current then."""

from __future__ import annotations

import base64
import json
import time
import urllib.request

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from snowflake.connector.errors import DatabaseError

from ftspec.emulator.settings import write_settings


def test_the_default_user_is_accountadmin_with_a_warehouse(connect):
    connection = connect()
    assert (connection.role, connection.warehouse, connection.database) == ("ACCOUNTADMIN", "COMPUTE_WH", None)


def test_a_wrong_password_is_refused(connect):
    with pytest.raises(DatabaseError) as caught:
        connect(password="wrong")
    assert caught.value.errno == 390100
    assert "Incorrect username or password was specified." in str(caught.value)


def test_an_unknown_user_is_refused_as_a_wrong_password_is(connect):
    with pytest.raises(DatabaseError, match=r"Incorrect username or password was specified\."):
        connect(user="NOBODY")


def test_an_unknown_role_is_refused(connect):
    with pytest.raises(DatabaseError, match="NO_SUCH_ROLE"):
        connect(role="NO_SUCH_ROLE")


def test_a_database_that_is_not_there_is_not_made(connect, session_type):
    connection = connect(database="NOT_THERE", schema="S")
    assert connection.database is None
    assert [row for row in session_type(connection).run("SHOW DATABASES") if row[1] == "NOT_THERE"] == []


def test_a_created_user_logs_in_with_their_password_and_default_role(place, connect):
    role = place.role("CLERK").name
    user = f"PAT_{place.number}"
    place.admin.run(f"CREATE USER {user} PASSWORD = 'secret' DEFAULT_ROLE = {role} COMMENT = 'a clerk'")
    assert connect(user=user, password="secret").role == "PUBLIC"
    place.admin.run(f"GRANT ROLE {role} TO USER {user}")
    assert connect(user=user.lower(), password="secret").role == role
    with pytest.raises(DatabaseError, match="Incorrect username or password"):
        connect(user=user, password="embedded")


def test_a_user_without_a_password_cannot_log_in(place, connect):
    place.admin.run(f"CREATE USER SILENT_{place.number}")
    with pytest.raises(DatabaseError, match="Incorrect username or password"):
        connect(user=f"SILENT_{place.number}", password="x")


def test_no_password_is_written_to_the_log(place, attachment):
    place.admin.run(f"CREATE USER LOGGED_{place.number} PASSWORD = 'hush-hush'")
    log = (attachment.folder / "log.jsonl").read_text(encoding="utf-8")
    assert f"LOGGED_{place.number} PASSWORD = '****'" in log
    assert "hush-hush" not in log


def _post(attachment, path, content, headers=None):
    parameters = attachment.parameters()
    request = urllib.request.Request(
        f"http://{parameters['host']}:{parameters['port']}{path}",
        data=content,
        headers={"Content-Type": "application/json", **(headers or {})},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"data": 3}', b"\x1f\x8b broken"])
def test_a_malformed_login_gets_an_answer(attachment, content):
    headers = {"Content-Encoding": "gzip"} if content.startswith(b"\x1f") else {}
    answer = _post(attachment, "/session/v1/login-request", content, headers)
    assert answer["success"] is False
    assert answer["code"] == "390400"


def test_a_token_that_is_not_known_asks_for_a_new_login(attachment):
    headers = {"Authorization": 'Snowflake Token="nobody"'}
    assert _post(attachment, "/queries/v1/query-request", b"{}", headers)["code"] == "390111"


def test_a_finished_request_is_answered_again_and_not_executed_again(place, connect, attachment):
    connection = connect(database=place.database, schema="S")
    place.admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    headers = {"Authorization": f'Snowflake Token="{connection.rest.token}"'}
    body = json.dumps({"sqlText": "INSERT INTO T VALUES (1)"}).encode()
    path = "/queries/v1/query-request?requestId=11111111-2222-4333-8444-555555555555"
    first, second = (_post(attachment, path, body, headers) for _ in range(2))
    assert first == second
    assert place.admin.one(f"SELECT COUNT(*) FROM {place.database}.S.T") == 1


def test_a_path_that_is_not_known_is_refused(attachment):
    assert _post(attachment, "/api/v2/unknown", b"{}")["success"] is False


@pytest.fixture(scope="module")
def keys():
    """Make two RSA keys: for each the private key, and the public one as Base64."""
    made = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    public = [
        base64.b64encode(
            key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        ).decode()
        for key in made
    ]
    return list(zip(made, public, strict=True))


def written(key):
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def refuse_key(connect, user, key, monkeypatch):
    monkeypatch.setenv("JWT_CNXN_RETRY_ATTEMPTS", "0")
    with pytest.raises(DatabaseError, match="JWT token is invalid") as caught:
        connect(user=user, password=None, authenticator="SNOWFLAKE_JWT", private_key=written(key))
    return caught.value.errno


def test_a_key_pair_logs_in_while_the_user_has_its_public_key(place, connect, keys, monkeypatch):
    user, (first, first_public), (second, second_public) = f"KEYS_{place.number}", *keys
    place.admin.run(f"CREATE USER {user} RSA_PUBLIC_KEY = '{first_public}'")
    login = {"user": user, "password": None, "authenticator": "SNOWFLAKE_JWT"}
    assert connect(**login, private_key=written(first)).user == user
    assert refuse_key(connect, user, second, monkeypatch) == 390144
    place.admin.run(f"ALTER USER {user} SET RSA_PUBLIC_KEY_2 = '{second_public}'")
    assert connect(**login, private_key=written(second)).role == "PUBLIC"
    place.admin.run(f"ALTER USER {user} UNSET RSA_PUBLIC_KEY")
    assert refuse_key(connect, user, first, monkeypatch) == 390144
    [row] = place.admin.dicts(f"SHOW USERS LIKE '{user}'")
    assert (row["has_rsa_public_key"], row["has_password"]) == ("true", "false")


def test_a_key_pair_is_for_its_own_user_and_an_expired_one_for_nobody(place, connect, keys, monkeypatch):
    key, public = keys[0]
    place.admin.run(f"CREATE USER KEYED_{place.number} RSA_PUBLIC_KEY = '{public}'")
    assert refuse_key(connect, "EMBEDDED", key, monkeypatch) == 390144
    monkeypatch.setenv("JWT_LIFETIME_IN_SECONDS", "-60")
    assert refuse_key(connect, f"KEYED_{place.number}", key, monkeypatch) == 390144


def test_what_is_no_public_key_is_refused(place):
    assert place.admin.refusal("CREATE USER NOT_KEYED RSA_PUBLIC_KEY = 'abc'")[0] == 1008


def test_an_access_token_is_refused_in_words(connect):
    with pytest.raises(DatabaseError, match="Programmatic access tokens are not supported"):
        connect(password=None, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token="x")


def test_a_driver_renews_a_session_that_has_expired(attachment, connect, session_type):
    session = session_type(connect())
    before = session.connection.rest.token
    number = session.one("SELECT CURRENT_SESSION()")
    try:
        write_settings(attachment.folder, {"session_seconds": 0.2})
        time.sleep(0.25)
        assert session.one("SELECT CURRENT_SESSION()") == number
    finally:
        write_settings(attachment.folder, {"session_seconds": 3600})
    assert session.connection.rest.token != before


def test_a_session_that_can_no_longer_be_renewed_asks_for_a_new_login(attachment, connect, session_type):
    session = session_type(connect())
    try:
        write_settings(attachment.folder, {"session_seconds": 0, "master_seconds": 0})
        with pytest.raises(DatabaseError) as caught:
            session.run("SELECT 1")
    finally:
        write_settings(attachment.folder, {"session_seconds": 3600, "master_seconds": 14400})
    assert caught.value.errno == 390114
