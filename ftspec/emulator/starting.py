"""Starting a server as a process of its own, and hearing from it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ftspec.emulator.locks import is_supported
from ftspec.emulator.places import Places, read_json, write_json

START_SECONDS = 60.0
_POLL_SECONDS = 0.02


class EmbeddedError(Exception):
    """The embedded Snowflake could not be started, found or removed; the message says why."""


@contextmanager
def explain_faults(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into EmbeddedError."""
    try:
        yield
    except OSError as error:
        what = error.filename or folder
        raise EmbeddedError(f"{what} cannot be used: {(error.strerror or str(error)).lower()}") from error


def prepare_folder(folder: Path) -> Places:
    """Make the folder of an account where it is not there; the caller explains what the file system refuses."""
    if not is_supported():
        raise EmbeddedError("the embedded Snowflake needs POSIX file locks, which this system does not have")
    folder.mkdir(parents=True, exist_ok=True)
    return Places(folder)


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


def wait_for_facts(places: Places, process: subprocess.Popen[bytes]) -> Mapping[str, object]:
    """Wait until a server says where it listens; raises EmbeddedError with its reason where it ended instead."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        facts = read_json(places.server)
        if facts is not None:
            # The server outlives this process on purpose: nobody waits for it.
            process.returncode = 0
            return facts
        if process.poll() is not None:
            raise EmbeddedError(_read_failure(places))
        time.sleep(_POLL_SECONDS)
    process.kill()
    process.wait()
    raise EmbeddedError(f"the embedded Snowflake in {places.folder} did not start in {START_SECONDS:.0f} s")


def _read_failure(places: Places) -> str:
    """Say why the server that was started ended."""
    failure = read_json(places.failure)
    if failure is not None:
        return str(failure["message"])
    return f"the embedded Snowflake in {places.folder} ended while it started; its output is in {places.output}"


def report_failure(folder: Path, message: str) -> None:
    """Leave word, for the client that started this server, why it could not start."""
    write_json(Places(folder).failure, {"message": message})
