"""Pairs of prompt and completion from the lines of a CSV or JSONL file, with a fault for every line that has none.

CSV has a header, and quotes as RFC 4180 has them; JSONL has one object a line.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterator

from ftspec.backends.row_lines import Faults, Lines
from ftspec.resources.rows import RowSource

LONGEST_TEXT = 16 * 1024 * 1024
"""Bytes of a VARCHAR (Snowflake: String & binary data types)."""
_STRAY_QUOTE = re.compile(r'(?<=[^,])"(?=[^",\r\n])')
_TYPES = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}

Pair = tuple[str, str]


def read_pairs(lines: Lines, source: RowSource, faults: Faults) -> Iterator[Pair]:
    """Give the pairs of a file; a line that is at fault gives none."""
    pairs = _read_csv if source.path.lower().endswith(".csv") else _read_jsonl
    for line, pair in pairs(lines, source, faults):
        if _check_texts(line, pair, source, faults):
            yield pair


def _read_csv(lines: Lines, source: RowSource, faults: Faults) -> Iterator[tuple[int, Pair]]:
    csv.field_size_limit(LONGEST_TEXT)
    rows = _read_rows(lines, faults)
    line, header = next(rows, (1, []))
    places = _find_columns(header, source, line, faults) if header else None
    if places is None:
        for _ in lines:  # so that all of the file is hashed, and its other faults told
            continue
        return
    for at, row in rows:
        if len(row) != len(header):
            message = f"the row has {len(row)} field{'s' * (len(row) != 1)}, and the header {len(header)}"
            faults.add("FT256", message, at, 1, hint="text with a comma, a quote or a line break takes quotes")
        else:
            yield at, (row[places[0]], row[places[1]])


def _read_rows(lines: Lines, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that are not blank, each with the line that it begins in."""
    reader = csv.reader(iter(lines), strict=True)
    while True:
        begin = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _refuse_row(str(error), begin, lines, faults)
            continue
        if row:
            yield begin, row


def _refuse_row(problem: str, begin: int, lines: Lines, faults: Faults) -> None:
    if "unexpected end" in problem:
        faults.add("FT256", "a quote is opened and never closed", begin, 1, hint="close it, or double a quote in text")
        return
    stray = _STRAY_QUOTE.search(lines.last)
    column = stray.start() + 1 if stray else 1
    message = "a quote stands within a field" if stray else f"the line is not CSV: {problem}"
    faults.add("FT256", message, lines.number, column, hint='put the field in quotes, and double those in it: ""')


def _find_columns(header: list[str], source: RowSource, line: int, faults: Faults) -> tuple[int, int] | None:
    before = faults.count
    for name in dict.fromkeys((source.prompt, source.completion)):
        if header.count(name) != 1:
            how = "has no column" if name not in header else "has twice the column"
            close = difflib.get_close_matches(name, header, n=1)
            hint = f"the columns are {', '.join(header)}" if not close else f"did you mean {close[0]!r}?"
            faults.add("FT257", f"the header {how} {name!r}", line, 1, hint=hint)
    return (header.index(source.prompt), header.index(source.completion)) if faults.count == before else None


def _read_jsonl(lines: Lines, source: RowSource, faults: Faults) -> Iterator[tuple[int, Pair]]:
    for text in lines:
        if not text.strip():
            continue
        entry = _parse_line(text, lines.number, faults)
        pair = None if entry is None else _take_pair(entry, text, source, lines.number, faults)
        if pair is not None:
            yield lines.number, pair


def _parse_line(text: str, line: int, faults: Faults) -> dict[str, object] | None:
    try:
        entry = json.loads(text.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        faults.add("FT256", f"the line is not JSON: {error.msg.lower()}", line, error.colno, hint="one object a line")
        return None
    except (ValueError, RecursionError):
        faults.add("FT256", "the line is not JSON that can be read", line, 1, hint="one object a line")
        return None
    if isinstance(entry, dict):
        return entry
    message = f"the line is {_TYPES.get(type(entry), 'text' if isinstance(entry, str) else 'null')}, wanted an object"
    faults.add("FT256", message, line, 1, hint='for example {"prompt": "…", "completion": "…"}')
    return None


def _take_pair(
    entry: dict[str, object], text: str, source: RowSource, line: int, faults: Faults
) -> tuple[str, str] | None:
    values = []
    for key in (source.prompt, source.completion):
        value = entry.get(key)
        if isinstance(value, str):
            values.append(value)
            continue
        if key not in entry:
            close = difflib.get_close_matches(key, entry, n=1)
            keys = f"its keys are {', '.join(entry)}" if entry else "it has no keys at all"
            hint = f"did you mean {close[0]!r}?" if close else keys
            faults.add("FT257", f"the object has no key {key!r}", line, 1, hint=hint)
        else:
            message = f"{key!r} is {_TYPES.get(type(value), 'null')}, wanted text"
            faults.add("FT258", message, line, _find_key(text, key), hint="put it in quotes")
        return None
    return values[0], values[1]


def _find_key(text: str, key: str) -> int:
    at = text.find(json.dumps(key, ensure_ascii=False))
    return max(at, 0) + 1


def _check_texts(line: int, pair: Pair, source: RowSource, faults: Faults) -> bool:
    for key, text in zip((source.prompt, source.completion), pair, strict=True):
        try:
            length = len(text.encode())
        except UnicodeEncodeError:
            faults.add("FT258", f"{key!r} holds half of a surrogate pair", line, 1, hint="write the character itself")
            return False
        if length > LONGEST_TEXT:
            limit = f"{LONGEST_TEXT // 2**20} MiB, which a VARCHAR holds"
            faults.add("FT258", f"{key!r} is longer than {limit}", line, 1)
            return False
    return True
