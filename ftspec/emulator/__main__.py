"""Serve an embedded account: `python -m ftspec.emulator --folder DIR [--port N]`."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from ftspec.emulator.launch import Account, EmbeddedError, run
from ftspec.emulator.starting import report_failure


def main() -> int:
    """Serve until SIGINT or SIGTERM, or until nobody is attached; print one line of JSON when ready."""
    # Nothing that is imported becomes garbage: looking for it makes the start longer, and later each collection.
    gc.disable()
    _leave_out_clouds()
    options = _read_options()
    account = Account(
        folder=options.folder,
        database=options.database,
        schema=options.schema,
        setup=tuple(options.setup),
        training_seconds=options.training_seconds,
        allow_control=options.allow_control,
    )
    try:
        run(account, port=options.port, idle_seconds=options.idle_seconds, on_ready=_print_ready)
    except EmbeddedError as error:
        if options.report_failure:
            report_failure(options.folder, str(error))
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _leave_out_clouds() -> None:
    """Keep the driver, which fakesnow imports, from loading the SDK of a cloud: a third of a second for nothing."""
    for name in ("boto3", "botocore"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # how an import is made to fail


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ftspec.emulator", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the account is kept")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; by default a free one")
    parser.add_argument("--database", help="the database that is made for setup files")
    parser.add_argument("--schema", help="the schema that is made for setup files")
    parser.add_argument("--setup", type=Path, action="append", default=[], help="a file to run in a new account")
    parser.add_argument("--training-seconds", type=float, help="how long a training takes")
    parser.add_argument("--idle-seconds", type=float, help="end so long after the last client left")
    parser.add_argument("--allow-control", action="store_true", help="let clients ask for misbehaviour")
    parser.add_argument("--report-failure", action="store_true", help="leave word in the folder of a failed start")
    return parser.parse_args()


def _print_ready(facts: Mapping[str, object]) -> None:
    gc.freeze()
    gc.enable()
    sys.stdout.write(json.dumps(dict(facts)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
