"""The HTML reports as a reader has them: see check.mjs. Run by `make test-browser`, which installs what it drives."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.workspace import REPOSITORY, copy_project

HERE = Path(__file__).parent


@pytest.mark.skipif("FTSPEC_CHROMIUM" not in os.environ, reason="make test-browser says where Chromium is")
def test_reports_are_read_by_everybody(tmp_path):
    workspace = copy_project(REPOSITORY / "examples" / "quickstart", tmp_path / "project")
    plan, status = tmp_path / "plan.html", tmp_path / "status.html"
    assert workspace.run("plan", "--html", str(plan)).code == 0
    assert workspace.run("apply", "--auto-approve").code == 0
    assert workspace.run("status", "--html", str(status)).code == 0
    team = copy_project(REPOSITORY / "examples" / "team", tmp_path / "team")
    more = tmp_path / "team.html"
    assert team.run("plan", "--html", str(more)).code == 0
    command = [
        "node",
        str(HERE / "check.mjs"),
        os.environ["FTSPEC_CHROMIUM"],
        str(tmp_path),
        *map(str, (plan, status, more)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    pictures = sorted(path.name for path in tmp_path.glob("*.png"))
    assert len(pictures) == 3 * 5 + 3 * 4, pictures
