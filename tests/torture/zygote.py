"""A process that has imported all of ftspec once, and forks a child for each command line.

A child runs the command line as any process does, through the real driver, and can be killed as one: nothing of it is
left to tidy up. It starts in milliseconds. Pauses are shortened, those of ftspec and of the driver alike, and the clock
that they are measured by runs so much faster.

One JSON line a request on standard input: {"argv": […], "out": PATH, "err": PATH} or {"kill": PID}. Lines on standard
output: {"began": PID} for each start, and {"ended": PID, "status": N} when a child has ended; N below 0 is a signal.
"""

from __future__ import annotations

import concurrent.futures
import gc
import json
import os
import queue  # noqa: F401 - it must have taken the real clock
import select
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

HASTE = 30.0
_sleep, _monotonic = time.sleep, time.monotonic


def hasten() -> None:
    """Let pauses pass faster, for whatever is imported after this."""
    time.sleep = lambda seconds: _sleep(seconds / HASTE)
    time.monotonic = lambda: _monotonic() * HASTE


def warm_up(project: Path) -> None:
    """Import what an apply imports, and do once what reading a project does only once."""
    import snowflake.connector  # noqa: F401, PLC0415 - after the clock was changed

    import ftspec.backends.connection  # noqa: PLC0415
    import ftspec.cli.applying  # noqa: PLC0415
    import ftspec.cli.main  # noqa: PLC0415
    import ftspec.cli.views.json  # noqa: F401, PLC0415
    from ftspec import __version__, operations  # noqa: PLC0415
    from ftspec.backends.files import read_project, read_schemas  # noqa: PLC0415

    files, _ = read_project(project)
    loaded = operations.load(files, read_schemas(), environment=None, variables={}, version=__version__)
    assert not loaded.is_faulty
    assert concurrent.futures
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()


def become(request: dict) -> None:
    """Be the command line that was asked for, in a forked child, to the end."""
    from ftspec.cli.main import main  # noqa: PLC0415

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for path, number in ((os.devnull, 0), (request["out"], 1), (request["err"], 2)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["ftspec", *request["argv"]]
    status = 70
    try:
        main()
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001 - it must be seen, and end this child alone
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def tell(**words: int) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


class Zygote:
    def __init__(self) -> None:
        self.children: set[int] = set()
        self.wakes, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def answer(self, request: dict) -> None:
        if "kill" in request:
            if request["kill"] in self.children:
                os.kill(request["kill"], signal.SIGKILL)
            return
        pid = os.fork()
        if pid == 0:
            become(request)
        self.children.add(pid)
        tell(began=pid)

    def reap(self) -> None:
        os.read(self.wakes, 1000)
        for pid in tuple(self.children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.children.discard(pid)
                tell(ended=pid, status=os.waitstatus_to_exitcode(status))

    def serve(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select.select([0, self.wakes], [], [])
            if self.wakes in ready:
                self.reap()
            if 0 in ready:
                read = os.read(0, 65536)
                if not read:
                    break
                *lines, rest = (rest + read).split(b"\n")
                for line in lines:
                    self.answer(json.loads(line))
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    hasten()
    warm_up(Path(sys.argv[1]))
    Zygote().serve()
