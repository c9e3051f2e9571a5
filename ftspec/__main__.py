"""The entry of `ftspec` and of `python -m ftspec`: small, so that an interrupt ends it quietly also while it starts."""

from __future__ import annotations

import os
import signal

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; until that can say so itself, an interrupt ends the program at once and without words."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # not where the program was started with interrupts ignored
        signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(_INTERRUPTED))
    from ftspec.cli.main import main as run  # noqa: PLC0415 - what takes long to import

    signal.signal(signal.SIGINT, before)
    run()


if __name__ == "__main__":
    main()
