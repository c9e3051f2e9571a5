"""Starting a server as a process of its own, and hearing from it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ftspec.emulator.places import Places, read_json, write_json


def start_server(places: Places, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a detached server: a session of its own, its output in a file of the folder."""
    # -P: what lies in the current folder must not stand in for a module.
    command = [sys.executable, "-P", "-m", "ftspec.emulator", "--folder", str(places.folder.absolute())]
    with places.output.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # this very package, from a fixed argument list
            [*command, "--report-failure", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_environment(),
        )


def _environment() -> dict[str, str]:
    """Let the server find this very package, also where it is not installed."""
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": root if not known else os.pathsep.join((root, known))}


def read_failure(places: Places) -> str:
    """Say why the server that was started ended."""
    failure = read_json(places.failure)
    if failure is not None:
        return str(failure["message"])
    return f"the embedded Snowflake in {places.folder} ended while it started; its output is in {places.output}"


def report_failure(folder: Path, message: str) -> None:
    """Leave word, for the client that started this server, why it could not start."""
    write_json(Places(folder).failure, {"message": message})
