"""Files and snapshots through ftspec and a driver: what readers see, what is left, and what is not sent."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from support.workspace import Workspace, wait_until
from wire.project import Wired

from ftspec.emulator.launch import Account, attach

PROJECT = """\
apiVersion: ftspec/v1
kind: Project
metadata: {name: loading}
spec:
  database: ML
  schema: SUPPORT
  lock: false
  journal: false
  environments:
    embedded: {connection: embedded, setup: [setup.sql]}
"""
SETUP = """\
CREATE DATABASE ML;
CREATE SCHEMA ML.SUPPORT;
USE SCHEMA ML.SUPPORT;
CREATE TABLE QUESTIONS (Q VARCHAR, A VARCHAR);
INSERT INTO QUESTIONS VALUES ('one', '1'), ('two', '2'), ('two', '2'), (NULL, 'none');
"""
PAIRS = """\
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: pairs}
spec: {file: pairs.jsonl, expect: {empty: {at_most: 1}}}
"""
FROZEN = """\
apiVersion: ftspec/v1
kind: Dataset
metadata: {name: frozen}
spec:
  query: SELECT q AS prompt, a AS completion FROM questions
  materialize: snapshot
  expect: {empty: {at_most: 1}}
"""
ODD = ["", "Grüße 👋", "line\nbreak", "carriage\r\nreturn\r", 'a "quote", and', "back\\slash \\N", "nul \0 nul", "'"]
STATEMENTS = (
    "CREATE OR REPLACE TABLE",
    "PUT ",
    "COPY INTO",
    "SELECT COUNT",
    "ALTER TABLE",
    "CREATE OR REPLACE VIEW",
    "DROP",
)
KILLS = int(os.environ.get("FTSPEC_LOADING_KILLS", "0"))
"""How often a large load is killed at random moments of PUT and of COPY INTO, and once at each end of a statement."""
LARGE = 150_000 if KILLS else 30_000
SEED = int(os.environ.get("FTSPEC_TORTURE_SEED", "0"))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loading")
    (folder / "ftspec.yaml").write_text(PROJECT)
    (folder / "setup.sql").write_text(SETUP)
    account = Account(
        folder / ".ftspec" / "embedded", "ML", "SUPPORT", (folder / "setup.sql",), 0.1, allow_control=True
    )
    with attach(account, idle_seconds=0.1) as attachment:
        yield Wired(Workspace(folder), attachment)


def rows_of(turn):
    return [(f"{text} {turn}", text) for text in ODD] + [(f"question {n}", f"answer {turn}") for n in range(40)]


def write_rows(served, rows):
    lines = (json.dumps({"prompt": prompt, "completion": completion}) for prompt, completion in rows)
    (served.folder / "pairs.jsonl").write_text("".join(f"{line}\n" for line in lines))


def fingerprint(rows):
    texts = (f"{len(prompt or '')}:{prompt or ''}{completion or ''}" for prompt, completion in rows)
    total = sum(int(hashlib.md5(text.encode()).hexdigest()[16:], 16) for text in texts)
    return f"d1:{len(rows)}-{total:x}"


def table_of(name, rows):
    return f"{name}__{hashlib.sha256(fingerprint(rows).encode()).hexdigest()[:8].upper()}"


def apply(served, *options):
    before = max((entry["n"] for entry in served.control.log()), default=0)
    ran = served.workspace.run("apply", "--auto-approve", *options)
    assert ran.code == 0, ran.out + ran.err
    sent = [str(entry["sql"]) for entry in served.control.log(before)]
    return [
        sql
        for sql in sent
        if re.match("CREATE|PUT|COPY|ALTER TABLE|DROP|SELECT SNOWFLAKE.CORTEX.FINETUNE..CREATE", sql)
    ]


def tables(served, name):
    return [row[1] for row in served.query(f"SHOW OBJECTS LIKE '{name}%' IN SCHEMA ML.SUPPORT")]


def ordered(rows):
    return sorted(rows, key=str)


def seen(served, name):
    return ordered(served.query(f"SELECT PROMPT, COMPLETION FROM ML.SUPPORT.{name}"))


def test_a_load_killed_at_any_statement_shows_old_rows_or_new_and_leaves_one_table(served):
    (served.folder / "data.yaml").write_text(PAIRS)
    write_rows(served, rows_of(0))
    apply(served)
    assert seen(served, "PAIRS") == ordered(rows_of(0))
    for turn, statement in enumerate(STATEMENTS, 1):
        write_rows(served, rows_of(turn))
        pause = served.control.add("pause", match=f"^{re.escape(statement)}.*PAIRS", times=1)
        process = served.workspace.start("apply", "--auto-approve", "--parallelism", "1")
        wait_until(lambda pause=pause: served.control.waiting(pause) == 1)
        process.kill()
        process.communicate()
        assert seen(served, "PAIRS") in (ordered(rows_of(turn - 1)), ordered(rows_of(turn)))
        since = max(entry["n"] for entry in served.control.log())
        served.control.release(pause)
        wait_until(
            lambda since=since, of=statement: any(str(e["sql"]).startswith(of) for e in served.control.log(since))
        )
        assert seen(served, "PAIRS") in (ordered(rows_of(turn - 1)), ordered(rows_of(turn)))
        apply(served)
        assert seen(served, "PAIRS") == ordered(rows_of(turn)), statement
        assert tables(served, "PAIRS") == ["PAIRS", table_of("PAIRS", rows_of(turn))], statement
    (served.folder / "data.yaml").unlink()
    apply(served, "--allow", "deletes")
    assert tables(served, "PAIRS") == []


def list_moments():
    """List when a large load is killed: before a statement has its effect, after it, or some seconds on its way."""
    draw = random.Random(SEED)
    yield "COPY INTO", "before", draw.uniform(0, 1)
    if KILLS:
        yield from ((statement, when, None) for statement in STATEMENTS for when in ("before", "after"))
    for _ in range(KILLS):
        yield from ((statement, "before", draw.uniform(0, 3)) for statement in ("PUT ", "COPY INTO"))


def large_rows(turn):
    return [(f"question {n}", f"answer {turn}") for n in range(LARGE + turn)]


@contextmanager
def reading(served, seen_rows):
    """Read the view all the time, and keep what it showed: how many rows, and the first and last of their answers."""
    ended = threading.Event()

    def read():
        with served.connect() as connection, connection.cursor() as cursor:
            while not ended.wait(0.05):
                seen_rows.add(cursor.execute(COUNTED).fetchone())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        ended.set()
        reader.join()


COUNTED = "SELECT COUNT(*), MIN(COMPLETION), MAX(COMPLETION) FROM ML.SUPPORT.PAIRS"
SUMMED = "SELECT COUNT(*), SUM(MD5_NUMBER_LOWER64(LENGTH(PROMPT) || ':' || PROMPT || COMPLETION)) FROM ML.SUPPORT.PAIRS"
RUNNING = (
    "SELECT COUNT(*) FROM TABLE(ML.INFORMATION_SCHEMA.QUERY_HISTORY_BY_USER()) WHERE EXECUTION_STATUS = 'RUNNING' "
    "AND NOT STARTSWITH(QUERY_TEXT, 'SELECT COUNT')"
)


def kill_at(served, statement, when, delay):
    """Kill an apply at a moment of a statement, and wait until the server has done what it was asked for."""
    pause = served.control.add("pause", match=f"^{re.escape(statement)}.*PAIRS", when=when, times=1)
    process = served.workspace.start("apply", "--auto-approve", "--parallelism", "1")
    wait_until(lambda: served.control.waiting(pause) == 1 or process.poll() is not None, seconds=300)
    assert process.poll() is None, process.communicate()
    if delay is None:
        process.kill()
        served.control.release(pause)
    else:
        served.control.release(pause)
        time.sleep(delay)
        process.kill()
    process.communicate()
    wait_until(lambda: served.query(RUNNING) == [(0,)])


def test_a_large_load_killed_at_any_moment_shows_old_rows_or_new_and_leaves_one_table(served):
    """`make torture` has more rows, and kills it before and after each statement and at many moments; here once."""
    (served.folder / "data.yaml").write_text(PAIRS)
    write_rows(served, large_rows(0))
    apply(served)
    for turn, moment in enumerate(list_moments(), 1):
        began = time.monotonic()
        rows, shown = large_rows(turn), set()
        write_rows(served, rows)
        with reading(served, shown):
            kill_at(served, *moment)
            killed = served.query(COUNTED)[0][0] - LARGE
            apply(served)
        old_or_new = {(LARGE + each, f"answer {each}", f"answer {each}") for each in (turn - 1, turn)}
        assert shown <= old_or_new, moment
        assert shown, moment
        assert fingerprint(rows) == "d1:{}-{:x}".format(*map(int, served.query(SUMMED)[0])), moment
        assert tables(served, "PAIRS") == ["PAIRS", table_of("PAIRS", rows)], moment
        after = "new" if killed == turn else "old"
        sys.stderr.write(f"{turn}: {moment}, left the {after} rows; {time.monotonic() - began:.1f} s\n")
    (served.folder / "data.yaml").unlink()
    apply(served, "--allow", "deletes")
    assert tables(served, "PAIRS") == []


def test_what_stays_as_it_is_is_not_loaded_and_trains_nothing_again(served):
    model = "---\napiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {name: llama}\nspec: "
    learns = "{base_model: llama3-8b, training_data: frozen, validation_data: pairs}\n"
    manifest = served.folder / "data.yaml"
    manifest.write_text(f"{PAIRS}---\n{FROZEN}{model}{learns}")
    write_rows(served, rows_of(0))
    assert [sql.split(" ")[0] for sql in apply(served)].count("COPY") == 1
    frozen = [("one", "1"), ("two", "2"), ("two", "2"), (None, "none")]
    assert seen(served, "FROZEN") == ordered(frozen)
    assert tables(served, "FROZEN") == ["FROZEN", table_of("FROZEN", frozen)]
    # Rows in another order, a query in another form, and another way to reach the job.
    write_rows(served, rows_of(0)[::-1])
    other = FROZEN.replace("SELECT q AS prompt, a", "select Q as PROMPT, /* all */ a").replace("snapshot", "view")
    manifest.write_text(f"{PAIRS}---\n{other}{model}{learns}")
    sent = apply(served)
    assert [sql.split(" COPY")[0] for sql in sent] == ["CREATE OR REPLACE VIEW ML.SUPPORT.FROZEN"]
    assert tables(served, "FROZEN") == ["FROZEN", table_of("FROZEN", frozen)]  # the model's marker names it
    manifest.write_text(f"{PAIRS}---\n{other.replace('view', 'inline')}{model}{learns}")
    assert apply(served, "--allow", "deletes") == ["DROP VIEW ML.SUPPORT.FROZEN"]
    assert apply(served) == []
    # Newer rows are another spec of the model: it is trained on another table, the old one stays with the old model.
    manifest.write_text(f"{PAIRS}---\n{other.replace('view', 'inline')}{model}{learns}")
    write_rows(served, rows_of(1))
    apply(served)
    assert tables(served, "PAIRS") == sorted(["PAIRS", *(table_of("PAIRS", rows_of(turn)) for turn in (0, 1))])
    write_rows(served, rows_of(2))
    apply(served, "--allow", "deletes")  # the model before the last goes, and with it the last copy of the snapshot
    assert tables(served, "FROZEN") == []
    assert tables(served, "PAIRS") == sorted(["PAIRS", *(table_of("PAIRS", rows_of(turn)) for turn in (1, 2))])
    ran = served.workspace.run("destroy", "--auto-approve", "--allow", "deletes")
    assert (ran.code, tables(served, "PAIRS") + tables(served, "FROZEN")) == (0, []), ran.out + ran.err
    assert served.query("SHOW MODELS IN ACCOUNT") == []


def test_a_model_whose_job_is_forgotten_keeps_the_table_that_the_journal_names(served):
    model = "---\napiVersion: ftspec/v1\nkind: FineTunedModel\nmetadata: {name: told}\nspec: "
    (served.folder / "data.yaml").write_text(f"{PAIRS}{model}{{base_model: llama3-8b, training_data: pairs}}\n")
    write_rows(served, rows_of(0))
    served.rewrite("  journal: false\n", "")
    try:
        apply(served, "--no-wait")
        wait_until(lambda: all(job["status"] == "SUCCESS" for job in served.jobs()))
        assert served.control.ask("DELETE", "/jobs")["forgotten"]
        first, newer = (table_of("PAIRS", rows_of(turn)) for turn in (0, 1))
        write_rows(served, rows_of(1))
        apply(served)
        assert tables(served, "PAIRS") == sorted(["PAIRS", first, newer])
        comments = [row["comment"] for row in served.workspace.sql("SHOW MODELS IN SCHEMA ML.SUPPORT")]
        named = sorted(str(comment).rpartition("tables=")[2] for comment in comments)
        assert named == sorted(name.rpartition("__")[2].lower() for name in (first, newer))
    finally:
        ran = served.workspace.run("destroy", "--auto-approve", "--allow", "deletes")
        served.rewrite("  schema: SUPPORT\n  lock", "  schema: SUPPORT\n  journal: false\n  lock")
    assert (ran.code, tables(served, "PAIRS")) == (0, [])


def test_a_file_that_changed_after_the_plan_is_not_loaded(served):
    (served.folder / "data.yaml").write_text(PAIRS)
    write_rows(served, rows_of(0))
    saved = served.folder / "plan.json"
    assert served.workspace.run("plan", "--out", str(saved)).code == 0
    write_rows(served, rows_of(1))
    ran = served.workspace.run("apply", str(saved))
    assert (ran.code, "FT415" in ran.err, tables(served, "PAIRS")) == (1, True, [])


def test_a_name_that_is_taken_blocks_and_nothing_is_touched(served):
    (served.folder / "data.yaml").write_text(PAIRS)
    write_rows(served, rows_of(0))
    served.query("CREATE TABLE ML.SUPPORT.PAIRS (A INT)")
    ran = served.workspace.run("apply", "--auto-approve")
    assert (ran.code, "conflict: ML.SUPPORT.PAIRS is there already" in ran.out) == (1, True)
    assert tables(served, "PAIRS") == ["PAIRS"]
    served.query("DROP TABLE ML.SUPPORT.PAIRS")


def test_each_driver_loads_a_file(driver, hold):
    wired = hold(f"driver{driver.major}")
    write_rows(wired, rows_of(0))
    manifest = wired.folder / "data.yaml"
    manifest.write_text(PAIRS)
    environment = wired.name_connection()
    ran = driver.ftspec(wired.folder, "apply", "--auto-approve", "--target", "pairs", **environment)
    assert ran.code == 0, ran.out + ran.err
    assert seen(wired, "PAIRS") == ordered(rows_of(0))
