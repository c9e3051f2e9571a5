"""The same input gives the same bytes, whatever the seed of Python's hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCRIPT = """
import json, pathlib, runpy, sys, tempfile
space = runpy.run_path(sys.argv[1])
for name in space["CASES"]:
    case = json.loads((space["HERE"] / name).read_text(encoding="utf-8"))
    if "'repeat'" in str(case["answers"]):
        continue  # thousands of rows say nothing more about the order of sets
    desired, scope = space["declare"](case, pathlib.Path(tempfile.mkdtemp(dir=sys.argv[2])))
    answers = space["answers_of"](case, space["fingerprints"](desired))
    seen = space["refresh"](space["Answers"](answers, desired, scope), desired, scope).seen
    print(name, json.dumps(space["plan_to_dict"](space["build_plan"](desired, seen, scope))))
"""


def plans(seed, folder):
    command = [sys.executable, "-c", SCRIPT, str(HERE / "test_decisions.py"), str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(HERE.parent)}
    return subprocess.run(command, env=environment, cwd=HERE.parent.parent, check=True, capture_output=True).stdout


def test_plans_do_not_depend_on_the_order_of_sets(tmp_path):
    first, second = plans(1, tmp_path), plans(4711, tmp_path)
    assert first.count(b'"digest": "') > 100
    assert first == second
