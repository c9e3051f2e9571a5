"""What is read is the same through both drivers: names, Python types, values, row counts, errors."""

from __future__ import annotations

import json

import pytest
from support.workspace import REPOSITORY, Workspace, wait_until
from wire.driver import Driver
from wire.project import FIRST_TRAINING, Wired

from ftspec.emulator.launch import Account, attach

SCRIPT = REPOSITORY / "tests" / "wire" / "reading.py"
STATEMENTS = (REPOSITORY / "tests" / "wire" / "statements.sql").read_text().splitlines()
CREATE = (
    "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.TUNED', 'llama3-8b', "
    "'SELECT question AS prompt, answer AS completion FROM ML.SUPPORT.QUESTIONS')"
)
"""A few of the statements, with the types and values that Snowflake documents: both drivers could be equally wrong."""
KNOWN = {
    "SELECT MD5_NUMBER_LOWER64('x')": ["builtins.int 17710500428000290726"],
    "SELECT CAST(1 AS NUMBER(10,2)), CAST(12.345 AS NUMBER(5,1)), CAST(7 AS NUMBER(38,0))": [
        "decimal.Decimal Decimal('1.00')",
        "decimal.Decimal Decimal('12.3')",
        "builtins.int 7",
    ],
    "SELECT TRUE, FALSE, NULL, NULL::BOOLEAN": [
        "builtins.bool True",
        "builtins.bool False",
        "builtins.NoneType None",
        "builtins.NoneType None",
    ],
    "SELECT SUM(MD5_NUMBER_LOWER64(QUESTION)), COUNT(*) FROM QUESTIONS WHERE FALSE": [
        "builtins.NoneType None",
        "builtins.int 0",
    ],
    "SELECT '01:02:03.123456'::TIME, '00:00:00'::TIME, NULL::TIME": [
        "datetime.time datetime.time(1, 2, 3, 123456)",
        "datetime.time datetime.time(0, 0)",
        "builtins.NoneType None",
    ],
}


@pytest.fixture(scope="module")
def wired(tmp_path_factory):
    folder = tmp_path_factory.mktemp("account")
    account = Account(folder, "ML", "SUPPORT", (FIRST_TRAINING / "setup.sql",), 0.1)
    with attach(account, idle_seconds=0.1) as attachment:
        made = Wired(Workspace(folder), attachment)
        made.query(CREATE)
        wait_until(lambda: made.jobs()[0]["status"] == "SUCCESS")
        yield made


def read(driver: Driver, wired: Wired) -> dict[str, object]:
    job = str(wired.jobs()[0]["id"])
    statements = [statement.replace("${job}", job) for statement in STATEMENTS]
    asked = {"parameters": wired.attachment.parameters(), "statements": statements}
    ran = driver.run(str(SCRIPT), stdin=json.dumps(asked))
    assert ran.code == 0, ran.err
    assert ran.err == ""
    told = json.loads(ran.out)
    assert told["major"] == driver.major
    return dict(zip(STATEMENTS, told["answers"], strict=True))


def test_both_drivers_read_the_same(drivers, wired):
    wired.query("ALTER MODEL ML.SUPPORT.TUNED SET COMMENT = 'x'")
    old, new = (read(driver, wired) for driver in drivers)
    assert {statement: (old[statement], new[statement]) for statement in old if old[statement] != new[statement]} == {}
    for statement, row in KNOWN.items():
        assert old[statement]["rows"] == [row]
    assert {name for name, answer in old.items() if "errno" in answer} == set(REFUSED)
    assert all(answer["query id"] for answer in old.values())


REFUSED = (
    "SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', 'ft_00000000-0000-4000-8000-000000000000')",
    "SELECT SNOWFLAKE.CORTEX.FINETUNE('CANCEL', 'ft_x')",
    "SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'a b', 'llama3-8b', 'SELECT 1')",
    "SELECT SNOWFLAKE.CORTEX.COMPLETE('ML.SUPPORT.NOPE', 'x')",
    "ALTER MODEL ML.SUPPORT.NOPE SET COMMENT = 'x'",
    "DROP MODEL ML.SUPPORT.NOPE",
    "USE ROLE NO_SUCH_ROLE",
    "USE DATABASE NO_SUCH",
    "GRANT USAGE ON DATABASE NO_SUCH TO ROLE PUBLIC",
    "SELEC 1",
    "SELECT * FROM NO.SUCH.NAME",
    "SELECT NO_SUCH_COLUMN FROM QUESTIONS",
    "SELECT NO_SUCH_FUNCTION(1)",
    "SELECT 'x'::INT",
    "CREATE SEQUENCE S",
    "SELECT 1; SELECT 2",
)
