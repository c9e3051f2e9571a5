"""The program in docs/embedded.md does what the page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "embedded.md"


def test_the_program_of_the_document_prints_what_it_says(tmp_path):
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (promise,) = re.findall(r"print\(.*\)  # (.*)", program)
    settings = tmp_path / ".ftspec" / "embedded" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"training_seconds": 0.2}))
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PATH": path}, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == promise
