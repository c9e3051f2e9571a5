"""Fine-tune with Snowflake's own SDK: create, list, describe, cancel."""

import dataclasses
import json
import sys
import time

from snowflake.cortex import Finetune
from snowflake.snowpark import Session

MODEL, BASE_MODEL = "SDK.PUBLIC.TUNED", "llama3.1-8b"


def wait(job):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        told = job.describe()
        if told.status not in {"PENDING", "IN_PROGRESS"}:
            return told
        time.sleep(0.1)
    raise TimeoutError


session = Session.builder.configs(json.load(sys.stdin)).create()
session.sql("CREATE DATABASE SDK").collect()
session.use_schema("SDK.PUBLIC")
session.sql("CREATE TABLE FAQ (PROMPT VARCHAR, COMPLETION VARCHAR)").collect()
session.sql("INSERT INTO FAQ VALUES ('When?', 'At nine.'), ('Where?', 'Here.')").collect()
finetune = Finetune(session)
cancelled = finetune.create(MODEL, BASE_MODEL, "SELECT PROMPT, COMPLETION FROM FAQ", options={"max_epochs": 2})
answer = cancelled.cancel()
trained = finetune.create(MODEL, BASE_MODEL, session.table("FAQ"), session.table("FAQ"))
listed = {job.status.id: job.status.status for job in finetune.list_jobs()}
told = wait(trained)
completed = session.sql("SELECT AI_COMPLETE('SDK.PUBLIC.TUNED', 'When?')").collect()[0][0]
print(
    json.dumps(
        {
            "cancelled": answer,
            "listed": [listed[cancelled.status.id], listed[trained.status.id]],
            "described": {**dataclasses.asdict(told), "id": told.id == trained.status.id},
            "completed": completed,
        }
    )
)
