"""Both drivers, a server that is held for a test, and projects that reach it by a named connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspace import copy_project
from wire.driver import DRIVERS, OTHER_PYTHON, Driver
from wire.project import FIRST_TRAINING, Wired

from ftspec.emulator.launch import Account, Attachment, attach


@pytest.fixture(params=DRIVERS, ids=lambda driver: f"driver{driver.major}")
def driver(request) -> Driver:
    """Give each of the two drivers."""
    return check_driver(request.param)


@pytest.fixture
def drivers() -> tuple[Driver, ...]:
    """Give both drivers at once, to be compared."""
    return tuple(check_driver(found) for found in DRIVERS)


def check_driver(found: Driver) -> Driver:
    if not Path(found.python).exists():
        pytest.fail(f"{OTHER_PYTHON} is missing; make it with: make .venv-driver5/.stamp-installed", pytrace=False)
    return found


@pytest.fixture
def hold(tmp_path):
    """Copy the first training's project, and hold its server; the text of its files can be changed first."""
    with_server: list[Attachment] = []

    def build(
        name: str = "project",
        *,
        training_seconds: float = 0.3,
        source: Path = FIRST_TRAINING,
        allow_control: bool = False,
    ) -> Wired:
        workspace = copy_project(source, tmp_path / name)
        folder = workspace.folder
        account = Account(
            folder / ".ftspec" / "embedded",
            "ML",
            "SUPPORT",
            (folder / "setup.sql",),
            training_seconds,
            allow_control=allow_control,
        )
        attachment = attach(account, idle_seconds=0.1)
        with_server.append(attachment)
        return Wired(workspace, attachment)

    yield build
    for attachment in with_server:
        attachment.close()
