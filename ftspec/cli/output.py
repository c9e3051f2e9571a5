"""Standard output and error themselves: they may know few characters, be full, or have nobody who reads them."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

import click

_ENDED = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def soften_encoding() -> None:
    """Let characters that the output cannot show be written as their escapes, rather than end the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_output_error(error: OSError) -> bool:
    """Tell whether an error came of writing to standard output or error: those of files name their file."""
    return error.filename is None and error.errno in _ENDED


def flush_output() -> None:
    """Write what is still buffered; OSError where that cannot be done."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def abandon_output(error: OSError) -> None:
    """Say why the output ends, except to somebody who stopped reading, and drop what cannot be written."""
    _drop(sys.stdout)
    if error.errno != errno.EPIPE:
        with suppress(OSError):
            click.echo(f"error FT407: the output cannot be written: {(error.strerror or str(error)).lower()}", err=True)
    _drop(sys.stderr)


def _drop(stream: TextIO | None) -> None:
    """Lead a stream that cannot be flushed to nowhere: Python flushes it once more when it ends."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
