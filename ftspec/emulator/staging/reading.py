"""Readers of statements about stages and files.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
"""

from __future__ import annotations

from ftspec.emulator import refusals
from ftspec.emulator.reading.tokens import Reader, Source, split_statements
from ftspec.emulator.staging.statements import (
    CopyInto,
    CreateStage,
    DropStage,
    ListFiles,
    Option,
    Options,
    Transfer,
)

STAGED = "_STAGED"
# sqlglot takes the two words for one.
_KINDS = {"STAGE": "STAGE", "FILE FORMAT": "FILE FORMAT"}


def read_create_stage(reader: Reader, *, replace: bool) -> CreateStage | None:
    """Read what follows CREATE [ OR REPLACE ], where it makes a stage or a file format."""
    words = ("TEMPORARY", "TEMP")
    ahead = 1 if reader.peek() in words else 0
    kind = _KINDS.get(reader.peek(ahead), "")
    if not kind:
        return None
    temporary = bool(reader.accept_one(*words))
    reader.word()
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    if replace and if_not_exists:
        raise refusals.incompatible_options()
    name = reader.name()
    options = dict(_read_options(reader))
    comment = options.pop("COMMENT", "")
    return CreateStage(kind, name, replace, if_not_exists, temporary, options, str(comment))


def read_drop_stage(reader: Reader) -> DropStage | None:
    """Read what follows DROP, where it drops a stage or a file format."""
    kind = _KINDS.get(reader.peek(), "")
    if not kind:
        return None
    reader.word()
    if_exists = reader.accept("IF", "EXISTS")
    return DropStage(kind, reader.name(), if_exists)


def read_list(reader: Reader, *, remove: bool) -> ListFiles:
    """Read what follows LIST or REMOVE."""
    location = reader.path()
    options = _read_options(reader)
    _allow(options, ("PATTERN",))
    pattern = options.get("PATTERN")
    return ListFiles(location, None if pattern is None else str(pattern), remove)


def read_put(reader: Reader) -> Transfer:
    """Read what follows PUT."""
    local, location = reader.path(), reader.path()
    options = _read_options(reader)
    _allow(options, ("PARALLEL", "AUTO_COMPRESS", "SOURCE_COMPRESSION", "OVERWRITE"))
    return Transfer(upload=True, local=local, location=location, options=options)


def read_get(reader: Reader) -> Transfer:
    """Read what follows GET."""
    location, local = reader.path(), reader.path()
    options = _read_options(reader)
    _allow(options, ("PARALLEL", "PATTERN"))
    return Transfer(upload=False, local=local, location=location, options=options)


def read_copy(reader: Reader) -> CopyInto:
    """Read what follows COPY; the way out of a table, COPY INTO a location, is not supported."""
    reader.expect("INTO")
    if reader.peek() == "@" or reader.is_string():
        raise refusals.unsupported("COPY INTO a location")
    table = reader.name()
    columns: list[str] = []
    if reader.accept("("):
        while not reader.accept(")"):
            columns.append(reader.identifier())
            reader.accept(",")
    reader.expect("FROM")
    query: Source | None = None
    inner: Options = {}
    if reader.accept("("):
        query, location, inner = _read_query(reader)
    else:
        location = reader.path()
    return CopyInto(reader.source, table, tuple(columns), location, query, {**inner, **_read_options(reader)})


def _read_query(reader: Reader) -> tuple[Source, str, Options]:
    """Read the SELECT of a transformation up to its bracket; the location in it becomes the name of a table."""
    begin, depth = reader.offset, 0
    location, options, after = "", dict[str, Option](), begin
    while depth or not reader.accept(")"):
        if not location and reader.peek() == "@":
            before = reader.offset
            location = reader.path()
            if reader.accept("("):
                options = dict(_read_options(reader, until=")"))
                reader.expect(")")
            after = reader.offset
            head = reader.source.text[begin:before]
            continue
        depth += {"(": 1, ")": -1}.get(reader.skip(), 0)
    if not location:
        raise refusals.unsupported("COPY INTO with a query that reads no stage")
    tail = reader.source.text[after : reader.before]
    return split_statements(f"{head}{STAGED} {tail}")[0], location, options


def _read_options(reader: Reader, until: str = "") -> Options:
    """Read `NAME = value …`; a value is text, a list of texts, or options again."""
    options: dict[str, Option] = {}
    while not reader.at_end and not (until and reader.peek() == until):
        name = reader.word()
        if not reader.accept("=>"):
            reader.expect("=")
        options[name] = _read_value(reader)
        reader.accept(",")
    return options


def _read_value(reader: Reader) -> Option:
    if not reader.accept("("):
        return reader.value()
    if reader.peek(1) in {"=", "=>"}:
        options = _read_options(reader, until=")")
        reader.expect(")")
        return options
    values: list[str] = []
    while not reader.accept(")"):
        values.append(reader.value())
        reader.accept(",")
    return tuple(values)


def _allow(options: Options, names: tuple[str, ...]) -> None:
    for name in options:
        if name not in names:
            raise refusals.invalid_parameter(name)
