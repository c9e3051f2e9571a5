"""Asynchronous statements, several in one request, many rows, files and expired sessions through both drivers."""

from __future__ import annotations

import json

import pytest

from ftspec.emulator.launch import Account, attach
from ftspec.emulator.settings import write_settings

SCRIPT = """
import json, pathlib, sys, time
import snowflake.connector
asked = json.loads(sys.argv[1])
connection = snowflake.connector.connect(**asked, paramstyle="qmark")
cursor = connection.cursor()
told = {}
cursor.execute("CREATE DATABASE D")
cursor.execute_async("SELECT 42 AS ANSWER")
query_id = cursor.sfqid
cursor.get_results_from_sfqid(query_id)
told["asynchronous"] = [list(row) for row in cursor.fetchall()]
told["status"] = connection.get_query_status(query_id).name
cursor.execute("SELECT 1; SELECT 2", num_statements=2)
first = cursor.fetchall()
cursor.nextset()
told["several"] = [list(row) for row in first + cursor.fetchall()]
cursor.execute("CREATE TABLE T (A INT, B VARCHAR)")
cursor.executemany("INSERT INTO T VALUES (?, ?)", [(at, f"row {at}") for at in range(70000)])
cursor.execute("SELECT COUNT(*), COUNT(DISTINCT A), MAX(B) FROM T")
told["many"] = list(cursor.fetchone())
folder = pathlib.Path(sys.argv[2])
(folder / "rows.csv").write_text("1,x\\n2,y\\n")
cursor.execute(f"PUT file://{folder}/rows.csv @~/in")
told["put"] = list(cursor.fetchone()[4:7])
cursor.execute("TRUNCATE TABLE T")
cursor.execute("COPY INTO T FROM @~/in")
told["copy"] = list(cursor.fetchone()[:4])
(folder / "out").mkdir()
cursor.execute(f"GET @~/in file://{folder}/out")
told["get"] = [found.name for found in (folder / "out").iterdir()]
cursor.execute("CREATE TABLE P AS SELECT 'Do you take cards?' AS PROMPT, 'Yes, all.' AS COMPLETION")
cursor.execute("SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'D.PUBLIC.M', 'llama3-8b', 'SELECT * FROM P')")
job = cursor.fetchone()[0]
while True:
    cursor.execute("SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', ?)", (job,))
    if json.loads(cursor.fetchone()[0])["status"] == "SUCCESS":
        break
    time.sleep(0.1)
cursor.execute(f"GET 'snow://model/D.PUBLIC.M/versions/V1/training_results.csv' 'file://{folder}/out/'")
told["results"] = (folder / "out" / "training_results.csv").read_text().splitlines()[0]
cursor.execute("ALTER SESSION SET QUERY_TAG = 'tagged'")
cursor.execute("SELECT 'look for me'")
cursor.execute(
    "SELECT EXECUTION_STATUS FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_USER())"
    " WHERE QUERY_TAG = 'tagged' AND QUERY_TEXT = 'SELECT ''look for me'''"
)
told["history"] = [list(row) for row in cursor.fetchall()]
cursor.execute("SELECT CURRENT_SESSION()")
session = cursor.fetchone()[0]
time.sleep(1.2)
cursor.execute("SELECT CURRENT_SESSION()")
told["renewed"] = cursor.fetchone()[0] == session
connection.close()
print(json.dumps(told))
"""


@pytest.fixture
def parameters(tmp_path):
    account = Account(tmp_path / "account", None, None)
    account.folder.mkdir()
    write_settings(account.folder, {"session_seconds": 1})
    with attach(account, idle_seconds=0.2) as attached:
        yield attached.parameters()


def test_both_drivers_do_them_all(driver, parameters, tmp_path):
    ran = driver.run("-W", "ignore", "-c", SCRIPT, json.dumps(parameters), str(tmp_path))
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == {
        "asynchronous": [[42]],
        "status": "SUCCESS",
        "several": [[1], [2]],
        "many": [70000, 70000, "row 9999"],
        "put": ["NONE", "GZIP", "UPLOADED"],
        "copy": ["in/rows.csv.gz", "LOADED", 2, 2],
        "get": ["rows.csv.gz"],
        "results": "step,epoch,training_loss,validation_loss",
        "history": [["SUCCESS"]],
        "renewed": True,
    }
