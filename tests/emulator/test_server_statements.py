"""Data statements, session functions, EXPLAIN, and what is refused, through the real driver."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest


def test_md5_number_lower64_equals_hashlib_and_its_sum_does_not_overflow(admin):
    texts = ["", "a", "What is 2 + 2?", "größer", "日本語", *(str(number) for number in range(500))]
    admin.run("CREATE TABLE T (S VARCHAR)")
    with admin.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO T VALUES (%s)", [(text,) for text in texts])
    expected = {text: int(hashlib.md5(text.encode()).hexdigest()[16:], 16) for text in texts}
    assert dict(admin.run("SELECT S, MD5_NUMBER_LOWER64(S) FROM T")) == expected
    assert max(expected.values()) > 2**63
    assert admin.one("SELECT SUM(MD5_NUMBER_LOWER64(S)) FROM T") == sum(expected.values())
    assert admin.one("SELECT MD5_NUMBER_LOWER64(NULL)") is None


def test_sums_of_numbers_keep_their_digits(admin):
    admin.run("CREATE TABLE T (A NUMBER(38, 0), S VARCHAR)")
    admin.run("INSERT INTO T VALUES (9007199254740993, '1'), (2, '2')")
    assert admin.run("SELECT SUM(A), SUM(LENGTH(S)), COUNT(*) FROM T") == [(9007199254740995, 2, 2)]
    assert admin.one("SELECT SUM(S) FROM T") == 3


def test_trim_knows_its_side_and_its_characters(admin):
    admin.run("CREATE TABLE T (S VARCHAR)")
    admin.run("INSERT INTO T VALUES ('  -*x* '), (NULL)")
    trimmed = "TRIM(S), LTRIM(S), RTRIM(S), TRIM(S, ' *-'), LTRIM(S, ' -'), RTRIM(S, '* '), TRIM(12), TRIM('aXa', 'A')"
    assert admin.run(f"SELECT {trimmed} FROM T ORDER BY S NULLS LAST") == [
        ("-*x*", "-*x* ", "  -*x*", "x", "*x* ", "  -*x", "12", "aXa"),
        (None, None, None, None, None, None, "12", "aXa"),
    ]


def test_columns_without_a_name_are_named_by_their_text(admin):
    admin.run('CREATE TABLE T (A INT, "b" INT)')
    admin.run('SELECT count(*), max(a) AS m, A, "b", 1+1, current_role() FROM t GROUP BY A, "b"')
    assert admin.columns == ["COUNT(*)", "M", "A", "b", "1+1", "CURRENT_ROLE()"]
    admin.run("SELECT *, a + 1, 'x' FROM t")
    assert admin.columns == ["A", "b", "A + 1", "'X'"]


def test_values_have_python_types(admin):
    row = admin.run(
        "SELECT 1, 1.5, 'a', TRUE, NULL, '2024-02-03'::DATE, TO_TIMESTAMP_NTZ('2024-02-03 04:05:06.789'),"
        " 2.5::FLOAT, 12::NUMBER(20,2), OBJECT_CONSTRUCT('k', 1)"
    )[0]
    expected = (
        1, Decimal("1.5"), "a", True, None, dt.date(2024, 2, 3),
        dt.datetime.fromisoformat("2024-02-03T04:05:06.789"), 2.5, Decimal("12.00"), '{"k":1}',
    )  # fmt: skip
    assert row == expected
    assert [type(value) for value in row] == [type(value) for value in expected]


def test_session_functions_stand_beside_columns(place, admin):
    admin.run("CREATE TABLE T (A INT)")
    admin.run("INSERT INTO T VALUES (1)")
    row = admin.run(
        "SELECT A, CURRENT_ROLE(), CURRENT_USER(), CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE(),"
        " CURRENT_ACCOUNT_NAME(), CURRENT_ORGANIZATION_NAME(), CURRENT_REGION() FROM T"
    )[0]
    assert row == (
        1, "ACCOUNTADMIN", "EMBEDDED", place.database, "S", "COMPUTE_WH", "EMBEDDED", "FTSPEC", "AWS_US_WEST_2",
    )  # fmt: skip
    assert json.loads(admin.one("SELECT CURRENT_SECONDARY_ROLES()"))["value"] == "ALL"
    admin.run("USE SECONDARY ROLES NONE")
    assert json.loads(admin.one("SELECT CURRENT_SECONDARY_ROLES()"))["value"] == ""
    assert admin.one("SELECT CURRENT_SESSION()").isdigit()


def test_the_driver_follows_use(place, connect, session_type):
    session = session_type(connect())
    session.run(f"USE SCHEMA {place.database}.S")
    assert (session.connection.database, session.connection.schema) == (place.database, "S")
    session.run(f"USE DATABASE {place.database}")
    assert session.connection.schema == "PUBLIC"
    session.run("USE ROLE SYSADMIN")
    assert session.connection.role == "SYSADMIN"


def test_query_tag_is_taken_and_logged(place, admin, attachment):
    tag = f"tag-of-{place.number}"
    admin.run(f"ALTER SESSION SET QUERY_TAG = '{tag}'")
    admin.run("SELECT 'tagged'")
    admin.run("ALTER SESSION UNSET QUERY_TAG")
    admin.refusal("SELECT nothing_like_this")
    lines = (attachment.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    tagged = [record["sql"] for record in records if record["tag"] == tag]
    assert "SELECT 'tagged'" in tagged
    refused = [record for record in records if record["sql"] == "SELECT nothing_like_this"]
    assert {(record["outcome"], record["errno"]) for record in refused} == {("error", 904)}
    assert [record["n"] for record in records] == list(range(1, len(records) + 1))


@pytest.mark.parametrize("name", ["NO_SUCH_PARAMETER", "QUERY_TAGS"])
def test_a_session_parameter_that_is_not_there_is_refused(admin, name):
    assert admin.refusal(f"ALTER SESSION SET {name} = 1")[:2] == (1006, "22023")


def test_explain_compiles_and_names_what_is_read(place, admin):
    admin.run("CREATE TABLE T (A INT)")
    text = admin.one("EXPLAIN USING TEXT SELECT A FROM T WHERE A > 1")
    assert f"{place.database}.S.T" in text
    (operations,) = json.loads(admin.one("EXPLAIN USING JSON SELECT A FROM T"))["Operations"]
    assert [operation["operation"] for operation in operations] == ["Result", "TableScan"]
    admin.run("EXPLAIN SELECT A FROM T")
    assert admin.columns[:5] == ["step", "id", "parent", "operation", "objects"]


@pytest.mark.parametrize(
    ("statement", "errno", "sqlstate", "message"),
    [
        ("EXPLAIN USING TEXT SELECT B FROM T", 904, "42000",
         "SQL compilation error: error line 1 at position 26\ninvalid identifier 'B'"),
        ("SELECT B FROM T", 904, "42000",
         "SQL compilation error: error line 1 at position 7\ninvalid identifier 'B'"),
        ("SELECT x.b FROM T x", 904, "42000",
         "SQL compilation error: error line 1 at position 7\ninvalid identifier 'X.B'"),
        ('SELECT\n  "a" FROM T', 904, "42000",
         "SQL compilation error: error line 2 at position 2\ninvalid identifier '\"a\"'"),
        ("SELECT A FROM NO_SUCH", 2003, "42S02",
         "SQL compilation error:\nObject '{db}.S.NO_SUCH' does not exist or not authorized."),
        ("EXPLAIN SELECT A FROM NO_SUCH", 2003, "42S02",
         "SQL compilation error:\nObject '{db}.S.NO_SUCH' does not exist or not authorized."),
        ("SELECT A FROM (SELECT A FROM T;)", 1003, "42000",
         "SQL compilation error:\nsyntax error line 1 at position 30 unexpected ';'."),
        ("SELECT A FROM", 1003, "42000",
         "SQL compilation error:\nsyntax error line 1 at position 13 unexpected '<EOF>'."),
        ("SELEC A FROM T", 1003, "42000",
         "SQL compilation error:\nsyntax error line 1 at position 0 unexpected 'SELEC'."),
        ("SELECT A B C FROM T", 1003, "42000",
         "SQL compilation error:\nsyntax error line 1 at position 11 unexpected 'C'."),
        ("SELECT NO_SUCH_FUNCTION(A) FROM T", 2140, "42601",
         "SQL compilation error:\nUnknown function NO_SUCH_FUNCTION."),
        ("SELECT 1; SELECT 2", 8, "0A000",
         "Actual statement count 2 did not match the desired statement count 1."),
        ("CALL PROCEDURE_OF_MINE()", 2, "0A000", "Unsupported feature 'CALL PROCEDURE_OF_MINE'."),
        ("CREATE SEQUENCE S", 2, "0A000", "Unsupported feature 'CREATE SEQUENCE'."),
        ("CREATE TABLE T (A INT)", 2002, "42710", "SQL compilation error:\nObject '{db}.S.T' already exists."),
        ("-- nothing", 900, "42601", "SQL compilation error:\nEmpty SQL statement."),
    ],
)  # fmt: skip
def test_faults_have_snowflakes_number_state_and_words(place, admin, statement, errno, sqlstate, message):
    admin.run("CREATE TABLE T (A INT)")
    assert admin.refusal(statement) == (errno, sqlstate, message.format(db=place.database))


def test_a_session_without_a_database_must_qualify(connect, session_type):
    session = session_type(connect())
    errno, sqlstate, message = session.refusal("SELECT * FROM T")
    assert (errno, sqlstate) == (90105, "22000")
    assert "does not have a current database" in message


def test_definitions_answer_as_snowflake_does(admin):
    assert admin.one("CREATE TABLE T (A INT)") == "Table T successfully created."
    assert admin.one("CREATE TABLE IF NOT EXISTS T (A INT)") == "T already exists, statement succeeded."
    assert admin.one("CREATE OR REPLACE TABLE T (A INT, B INT)") == "Table T successfully created."
    assert admin.one("CREATE VIEW V AS SELECT A FROM T") == "View V successfully created."
    assert admin.one("DROP VIEW V") == "V successfully dropped."
    assert "already dropped" in admin.one("DROP VIEW IF EXISTS V")
    assert admin.run("INSERT INTO T VALUES (1, 2), (3, 4)") == [(2,)]
    assert admin.run("UPDATE T SET A = 9 WHERE A = 1") == [(1, 0)]
    assert admin.run("DELETE FROM T") == [(2,)]
    assert [row[0] for row in admin.run("DESCRIBE TABLE T")] == ["A", "B"]


def test_replacing_a_table_drops_its_grants_and_copy_grants_keeps_them(place, admin):
    role = place.role("READER").name
    admin.run("CREATE VIEW V AS SELECT 1 AS A")
    admin.run(f"GRANT SELECT ON VIEW V TO ROLE {role}")
    admin.run("CREATE OR REPLACE VIEW V COPY GRANTS AS SELECT 2 AS A")
    assert len(admin.run("SHOW GRANTS ON VIEW V")) == 2
    admin.run("CREATE OR REPLACE VIEW V AS SELECT 3 AS A")
    assert len(admin.run("SHOW GRANTS ON VIEW V")) == 1


def test_transactions_roll_back_and_definitions_commit(admin):
    admin.run("CREATE TABLE T (A INT)")
    admin.run("BEGIN")
    admin.run("INSERT INTO T VALUES (1)")
    admin.run("ROLLBACK")
    assert admin.one("SELECT COUNT(*) FROM T") == 0
    admin.run("BEGIN")
    admin.run("INSERT INTO T VALUES (1)")
    admin.run("CREATE TABLE U (A INT)")
    admin.run("ROLLBACK")
    assert admin.one("SELECT COUNT(*) FROM T") == 1


def test_parameters_are_bound_on_either_side(place, connect, session_type):
    session = session_type(connect(database=place.database, schema="S"))
    assert session.run("SELECT %s, %s", ("it's", 3)) == [("it's", 3)]
    server_side = session_type(connect(database=place.database, schema="S", paramstyle="qmark"))
    assert server_side.run("SELECT ?, ?", ("it's", 3)) == [("it's", 3)]
    server_side.run("CREATE TABLE T (A INT, B VARCHAR)")
    with server_side.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO T VALUES (?, ?)", [(1, "x"), (2, None)])
    assert server_side.run("SELECT * FROM T ORDER BY A") == [(1, "x"), (2, None)]


def test_names_in_common_table_expressions_are_not_tables(admin):
    admin.run("CREATE TABLE T (A INT)")
    admin.run("INSERT INTO T VALUES (1)")
    assert admin.run("WITH Q AS (SELECT A FROM T), R AS (SELECT A + 1 AS B FROM Q) SELECT B FROM R") == [(2,)]


def test_a_dropped_database_leaves_sessions_without_one(place, admin, connect, session_type):
    other = session_type(connect(database=place.database, schema="S"))
    other.run("CREATE TABLE T (A INT)")
    admin.run(f"DROP DATABASE {place.database}")
    assert other.run("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [(None, None)]
    assert other.refusal(f"SELECT * FROM {place.database}.S.T")[:2] == (2003, "02000")
    admin.run(f"CREATE DATABASE {place.database}")
    assert admin.run(f"SHOW TABLES IN DATABASE {place.database}") == []


def test_changes_of_several_sessions_wait_for_each_other(place, admin, connect, session_type):
    admin.run("CREATE TABLE COUNTER (N INT)")
    admin.run("INSERT INTO COUNTER VALUES (0)")
    sessions = [session_type(connect(database=place.database, schema="S")) for _ in range(4)]

    def count(session):
        for _ in range(10):
            session.run("UPDATE COUNTER SET N = N + 1")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, sessions))
    assert admin.one("SELECT N FROM COUNTER") == 40


def test_a_merge_is_done_as_a_whole(admin):
    admin.run("CREATE TABLE T (A INT NOT NULL, B INT)")
    admin.run("INSERT INTO T VALUES (1, 1), (2, 2)")
    merge = (
        "MERGE INTO T USING (SELECT * FROM VALUES (1, 10), (3, 30) AS V (X, Y)) S ON T.A = S.X"
        " WHEN MATCHED THEN UPDATE SET B = S.Y WHEN NOT MATCHED THEN INSERT (A, B) VALUES ({}, S.Y)"
    )
    admin.refusal(merge.format("NULL"))
    assert admin.run("SELECT * FROM T ORDER BY A") == [(1, 1), (2, 2)]
    assert admin.run(merge.format("S.X")) == [(1, 1)]
    assert admin.columns == ["number of rows inserted", "number of rows updated"]
    assert admin.run("SELECT * FROM T ORDER BY A") == [(1, 10), (2, 2), (3, 30)]


def test_information_schema_shows_what_the_role_may_see(place, admin):
    admin.run("CREATE TABLE SEEN (A INT)")
    admin.run("CREATE TABLE HIDDEN (A INT, B INT)")
    reader = place.role("READER")
    place.open_to(reader)
    admin.run(f"GRANT SELECT ON TABLE SEEN TO ROLE {reader.name}")
    names = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES ORDER BY 1"
    assert admin.run(names) == [("HIDDEN",), ("SEEN",)]
    assert reader.run(names) == [("SEEN",)]
    columns = f"SELECT C.COLUMN_NAME FROM {place.database}.INFORMATION_SCHEMA.COLUMNS C WHERE C.TABLE_SCHEMA = 'S'"
    assert reader.run(columns) == [("A",)]
    assert reader.refusal("SELECT * FROM INFORMATION_SCHEMA.LOAD_HISTORY")[:2] == (2, "0A000")


def test_autocommit_off_keeps_changes_until_commit(place, connect, admin, session_type):
    admin.run("CREATE TABLE T (A INT)")
    writer = session_type(connect(database=place.database, schema="S", autocommit=False))
    writer.run("INSERT INTO T VALUES (1)")
    assert admin.one("SELECT COUNT(*) FROM T") == 0
    writer.connection.commit()
    assert admin.one("SELECT COUNT(*) FROM T") == 1
    writer.run("INSERT INTO T VALUES (2)")
    writer.connection.rollback()
    assert admin.one("SELECT COUNT(*) FROM T") == 1


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO T VALUES (NULL)", (100072, "22000", "NULL result in a non-nullable column")),
        ("INSERT INTO T VALUES ('x')", (100038, "22018", "Numeric value 'x' is not recognized")),
        ("SELECT A, COUNT(*) FROM T",
         (979, "42601",
          "SQL compilation error:\n'A' in select clause is neither an aggregate nor in the group by clause.")),
        ("SELECT A FROM T, T AS U", (1006, "42601", "SQL compilation error:\nambiguous column name 'A'")),
    ],
)  # fmt: skip
def test_faults_of_values_and_grouping(admin, statement, expected):
    admin.run("CREATE TABLE T (A INT NOT NULL)")
    assert admin.refusal(statement) == expected


def test_null_is_null_in_every_type(admin):
    types = ("TIMESTAMP_NTZ", "TIMESTAMP_TZ", "DATE", "TIME", "FLOAT", "BOOLEAN", "NUMBER", "VARCHAR", "VARIANT")
    row = admin.run(f"SELECT {', '.join(f'NULL::{name}' for name in types)}")[0]
    assert row == (None,) * len(types)
    admin.run("CREATE TABLE T (A INT, AT TIMESTAMP_NTZ)")
    admin.run("INSERT INTO T VALUES (1, '2024-02-03 04:05:06'), (2, NULL), (3, '1969-12-31 23:59:59.5')")
    assert [row[0] and row[0].isoformat() for row in admin.run("SELECT AT FROM T ORDER BY A")] == [
        "2024-02-03T04:05:06",
        None,
        "1969-12-31T23:59:59.500000",
    ]


def test_a_statement_is_described_without_being_run(admin):
    admin.run("CREATE TABLE T (A INT, B VARCHAR)")
    with admin.connection.cursor() as cursor:
        assert [column.name for column in cursor.describe("SELECT A, B, COUNT(*) FROM T GROUP BY ALL")] == [
            "A",
            "B",
            "COUNT(*)",
        ]
        assert [column.name for column in cursor.describe("INSERT INTO T VALUES (1, 'x')")] == [
            "number of rows inserted"
        ]
    assert admin.one("SELECT COUNT(*) FROM T") == 0


def test_columns_are_named_by_their_place(place, admin):
    admin.run(f"CREATE TABLE {place.database}.S.T AS SELECT 1 AS A, 'x' AS B")
    assert admin.run("SELECT $1 AS \"X\", $2 AS \"Y\" FROM VALUES (0::BIGINT, 'a'::STRING), (1, 'b')") == [
        (0, "a"),
        (1, "b"),
    ]
    assert admin.run(f"SELECT $2, $1 + 1 FROM {place.database}.S.T WHERE $1 = 1") == [("x", 2)]
    assert admin.run("SELECT * FROM (SELECT $1 AS N FROM VALUES (1), (2)) WHERE N > 1") == [(2,)]
    admin.run(f"CREATE VIEW {place.database}.S.V AS SELECT $1 AS N FROM {place.database}.S.T")
    assert admin.run(f"SELECT N FROM {place.database}.S.V") == [(1,)]
    admin.run(f"INSERT INTO {place.database}.S.T SELECT $1, $2 FROM VALUES (5, 'y')")
    assert admin.refusal("SELECT $1")[0] == 2049


def test_identifier_stands_for_a_name(place, admin):
    name = f"{place.database}.S.T"
    admin.run(f"CREATE TABLE IDENTIFIER('{name}') (A INT)")
    admin.run(f"INSERT INTO identifier('{name}') VALUES (1)")
    assert admin.run(f"SELECT T.A FROM IDENTIFIER('{name}') AS T") == [(1,)]
    assert [row[0] for row in admin.run(f"DESCRIBE TABLE IDENTIFIER('{name}')")] == ["A"]
    admin.run(f"USE SCHEMA IDENTIFIER('{place.database}.S')")
    assert admin.run("SELECT * FROM IDENTIFIER('\"T\"')") == [(1,)]
    assert len(admin.run(f"SHOW TABLES IN SCHEMA IDENTIFIER('{place.database}.S')")) == 1
    admin.run(f"DROP TABLE IDENTIFIER('{name}')")
    for text in ("", "a b", "A; DROP TABLE B", "SELECT 1"):
        assert admin.refusal(f"SELECT * FROM IDENTIFIER('{text}')")[0] == 1003


def test_a_table_is_described_from_anywhere(place, admin, connect, session_type):
    admin.run(f"CREATE TABLE {place.database}.S.T (A INT)")
    elsewhere = session_type(connect())
    assert [row[0] for row in elsewhere.run(f"DESC TABLE {place.database}.S.T")] == ["A"]
    admin.run(f"CREATE DATABASE {place.database}_OTHER")
    elsewhere.run(f"USE DATABASE {place.database}_OTHER")
    assert [row[0] for row in elsewhere.run(f"DESCRIBE TABLE {place.database}.S.T")] == ["A"]
    assert elsewhere.one("SELECT CURRENT_DATABASE()") == f"{place.database}_OTHER"


def test_what_clients_ask_of_an_account(place, admin):
    admin.run(f"USE SCHEMA {place.database}.S")
    assert json.loads(admin.one("SELECT CURRENT_SCHEMAS()")) == [f"{place.database}.S"]
    document = json.loads(admin.one("SELECT SYSTEM$BOOTSTRAP_DATA_REQUEST('ACCOUNT')"))
    assert document == {"accountInfo": {"serviceLevelName": "Enterprise"}}
    assert admin.refusal("SELECT SYSTEM$BOOTSTRAP_DATA_REQUEST('USER')")[0] == 2
    assert admin.refusal("SELECT SYSTEM$NO_SUCH()")[:2] == (2140, "42601")
    for kind in ("DATABASES", "ROLES", "USERS", "WAREHOUSES"):
        assert admin.run(f"SHOW {kind} IN ACCOUNT") == admin.run(f"SHOW {kind}")
