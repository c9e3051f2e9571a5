"""Time queries that ask a tuned model, count tokens, or fingerprint rows, through the driver.

    python benchmarks/inference.py

Prints seconds for 2,000 rows asked of models of 500 and of 20,000 pairs, with prompts that were learnt and with
others, and for counting and fingerprinting 150,000 rows.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from snowflake.connector import SnowflakeConnection, connect

from ftspec.emulator.launch import Account, attach

ASKED, COUNTED = 2_000, 150_000
PAIRS = (500, 20_000)
# Eight words of a vocabulary of about 1,000, by the hash of place and row: the same every time.
WORDS = " || ' ' || ".join(f"'word' || (MD5_NUMBER_LOWER64(SEQ4() || '{place}') % 1000)" for place in range(8))


def main() -> None:
    """Make the rows and the models, and time each query."""
    account = Account(Path(tempfile.mkdtemp()), None, None, training_seconds=0.0)
    with attach(account, idle_seconds=0.2) as attached, connect(**attached.parameters()) as connection:
        run(connection, "CREATE DATABASE BENCHMARK")
        source = f"SELECT {WORDS} AS P, 'answer ' || SEQ4() AS C FROM TABLE(GENERATOR(ROWCOUNT => {COUNTED}))"
        run(connection, f"CREATE TABLE T AS SELECT P, C, ROW_NUMBER() OVER (ORDER BY C) AS N FROM ({source})")
        for pairs in PAIRS:
            train(connection, pairs)
            print_seconds(connection, f"warm up {pairs:,} pairs", f"SELECT AI_COMPLETE('M{pairs}', 'word1 word2')")
            for what, prompt in (("learnt", "P"), ("other", "P || ' and word7'")):
                query = f"SELECT COUNT(AI_COMPLETE('M{pairs}', {prompt})) FROM T WHERE N <= {min(pairs, ASKED)}"
                print_seconds(connection, f"{min(pairs, ASKED):,} {what} prompts of {pairs:,} pairs", query)
        count = "SELECT SUM(AI_COUNT_TOKENS('ai_complete', 'llama3.1-8b', P || C)) FROM T"
        print_seconds(connection, f"tokens of {COUNTED:,} rows", count)
        fingerprint = "SELECT COUNT(*), SUM(MD5_NUMBER_LOWER64(LENGTH(P) || ':' || P || C)) FROM T"
        print_seconds(connection, f"fingerprint of {COUNTED:,} rows", fingerprint)


def train(connection: SnowflakeConnection, pairs: int) -> None:
    """Train a model on the first rows, and wait for it."""
    query = f"SELECT P AS PROMPT, C AS COMPLETION FROM T WHERE N <= {pairs}"
    options = f"'M{pairs}', 'llama3.1-8b', '{query}', '{query}'"
    job = run(connection, f"SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', {options})")
    while json.loads(run(connection, f"SELECT SNOWFLAKE.CORTEX.FINETUNE('DESCRIBE', '{job}')"))["status"] != "SUCCESS":
        time.sleep(0.05)


def print_seconds(connection: SnowflakeConnection, what: str, query: str) -> None:
    """Run a query and print how long it took."""
    began = time.perf_counter()
    run(connection, query)
    print(f"{what:<40} {time.perf_counter() - began:.3f} s")


def run(connection: SnowflakeConnection, query: str) -> str:
    """Run a statement and give the first cell of its result."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchall()[0][0])


if __name__ == "__main__":
    main()
