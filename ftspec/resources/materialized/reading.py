"""What to ask Snowflake about datasets that stand in it, and what its answers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ftspec.model.address import Address, ObjectName, SchemaName
from ftspec.resources import finetune
from ftspec.resources.addressed import file_fingerprint, find_digits, is_loading, read_digits
from ftspec.resources.base import Query, Refusal, Row, Scope, Seen, StandsAs, is_absent, rows_of
from ftspec.resources.finetune import Job, JobStatus
from ftspec.resources.journal import Attempt, Event, parse_attempts, read_attempts
from ftspec.resources.marker import NONE, Marker, split_comment
from ftspec.resources.materialized.actual import Found, Namer, Standing, Wanted, find_goal
from ftspec.resources.naming import name_aside

NOUN = "dataset"
_ENDED = frozenset({JobStatus.ERROR, JobStatus.CANCELLED})
_ARRIVES_SECONDS = 3_600
"""How long the statement of a training that was never told of again may still be on its way."""


def show_objects(schema: SchemaName) -> Query:
    """Ask for the tables and views of a schema."""
    return Query(f"SHOW OBJECTS IN SCHEMA {schema}")


def read_standing(wanted: tuple[Wanted, ...], scope: Scope, seen: Seen) -> tuple[Query, ...]:
    """Ask for tables, views and rows; then, where a table may be dropped, for all that may name one."""
    first = [show_objects(scope.home)]
    first += [finetune.count_pairs(entry.select) for entry in wanted if is_counted(entry)]
    if any(query not in seen for query in first):
        return tuple(first)
    standing = observe_standing(wanted, scope, seen)
    by_address = {entry.address: entry for entry in wanted}
    if not any(_may_drop(by_address.get(address), actual) for address, actual in standing.items()):
        return ()
    running = [job for job in finetune.parse_jobs(seen.get(finetune.list_jobs(), ())) if job.status.is_running]
    told = (read_attempts(scope),) if scope.journal else ()
    described = (finetune.describe_job(job.id) for job in running)
    return (finetune.show_all_models(), finetune.list_jobs(), *told, *described)


def is_counted(wanted: Wanted) -> bool:
    """Tell whether the rows are counted in Snowflake: those of a file are counted where it is read."""
    return wanted.stands_as is StandsAs.SNAPSHOT and wanted.file is None


def _may_drop(wanted: Wanted | None, actual: Standing) -> bool:
    """Tell whether there is a table with other rows than those that are wanted."""
    goal = find_goal(wanted, actual)
    return any(goal is None or found.name != goal.table for found in actual.tables if not is_loading(found.name))


def observe_standing(wanted: tuple[Wanted, ...], scope: Scope, seen: Seen) -> Mapping[Address, Standing]:
    """Parse the answers; also datasets of this project that no document declares any more."""
    answer = seen.get(show_objects(scope.home), ())
    unknown = f"the tables of {scope.home} cannot be listed: {answer.message}" if isinstance(answer, Refusal) else ""
    objects = tuple(_read_object(row) for row in rows_of(answer))
    if len(objects) >= finetune.SHOW_LIMIT:
        unknown = f"SHOW OBJECTS ended at {finetune.SHOW_LIMIT:,} rows, so a table may be there unseen"
    namers, unseen = _read_namers(scope, seen)
    by_address = {entry.address: entry for entry in wanted}
    declared = {entry.address for entry in wanted}
    found = {}
    for address in sorted({*declared, *_list_undeclared(objects, scope)}):
        entry = by_address.get(address)
        named, tables, strangers = _sort_objects(address, objects, scope)
        fingerprint, refusal = _read_rows(entry, seen)
        found[address] = Standing(named, tables, strangers, fingerprint, refusal, unknown, namers, unseen)
    return found


def view_of(address: Address, scope: Scope) -> ObjectName:
    """Name the view of a dataset."""
    return scope.home.join(address.name.upper())


def _read_object(row: Row) -> Found:
    name = ObjectName(str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
    _, marker = split_comment(str(row.get("comment") or ""))
    return Found(name, str(row.get("kind") or ""), marker)


def _list_undeclared(objects: Iterable[Found], scope: Scope) -> set[Address]:
    """Find the datasets whose markers are there; a copy has the comment of its original, but not its name."""
    return {
        Address(NOUN, found.marker.resource)
        for found in objects
        if found.marker is not None and found.marker.is_of(scope)
        if _belongs(found.name, view_of(Address(NOUN, found.marker.resource), scope))
    }


def _belongs(name: ObjectName, view: ObjectName) -> bool:
    return name == view or read_digits(name, view) is not None


def _sort_objects(
    address: Address, objects: Iterable[Found], scope: Scope
) -> tuple[Found | None, tuple[Found, ...], frozenset[ObjectName]]:
    view, named, tables, strangers = view_of(address, scope), None, [], set()
    for found in objects:
        if found.name == view:
            named = found
        elif read_digits(found.name, view) is not None:
            if found.kind != "VIEW" and is_ours(found.marker, address, scope):
                tables.append(found)
            else:
                strangers.add(found.name)
    return named, tuple(sorted(tables, key=lambda found: found.name)), frozenset(strangers)


def is_ours(marker: Marker | None, address: Address, scope: Scope) -> bool:
    """Tell whether a marker is of this dataset of this project and environment."""
    return marker is not None and marker.is_for(address, scope)


def _read_rows(wanted: Wanted | None, seen: Seen) -> tuple[str, str]:
    """Give the fingerprint of the rows that are declared, and why it cannot be read."""
    if wanted is not None and wanted.file is not None:
        return file_fingerprint(wanted.file), ""
    answer = seen.get(finetune.count_pairs(wanted.select)) if wanted is not None and is_counted(wanted) else None
    if answer is None:
        return "", ""
    found = finetune.parse_pairs(answer)
    return ("", found.message) if isinstance(found, Refusal) else (found, "")


def _read_namers(scope: Scope, seen: Seen) -> tuple[tuple[Namer, ...], str]:
    """List all models and jobs that name tables; why that is not known, where it is not."""
    told = seen.get(read_attempts(scope), ()) if scope.journal else ()
    if isinstance(told, Refusal) and not is_absent(told):
        return (), f"the journal cannot be read: {told.message}"
    attempts = parse_attempts(told)
    models, jobs = seen.get(finetune.show_all_models()), seen.get(finetune.list_jobs())
    if models is None or jobs is None:
        return (), "it was not asked for"
    if isinstance(models, Refusal):
        return (), f"the models cannot be listed: {models.message}"
    if isinstance(jobs, Refusal):
        return (), f"the training jobs cannot be listed: {jobs.message}"
    if len(models) >= finetune.SHOW_LIMIT:
        return (), f"SHOW MODELS ended at {finetune.SHOW_LIMIT:,} rows"
    found = [_read_model_namer(row, attempts) for row in models]
    found += [_read_attempt_namer(attempt) for attempt in attempts if _may_arrive(attempt)]
    for listed in finetune.parse_jobs(jobs):
        answer = seen.get(finetune.describe_job(listed.id))
        job = None if answer is None else finetune.parse_job(answer)
        if job is None and listed.status.is_running:
            return (), f"job {listed.id} cannot be described"
        if job is not None and job.status not in _ENDED:
            found.append(_read_job_namer(job))
    return tuple(namer for namer in found if namer.digits), ""


def _read_model_namer(row: Row, attempts: tuple[Attempt, ...]) -> Namer:
    """Read which tables a model names; one that gives way and is not kept is dropped under another name.

    Of a model whose marker a run that was cut off did not write, and whose job is forgotten, the journal tells.
    """
    name = ObjectName(str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
    _, marker = split_comment(str(row.get("comment") or ""))
    if marker is None:
        digits = [found for each in attempts if each.training.model == str(name) for found in _digits_of(each)]
        return Namer(f"model {name}", tuple(dict.fromkeys(digits)), (finetune.drop_model(name),))
    names = (name, name_aside(name, marker.spec, marker.data))
    return Namer(f"model {name}", _digits_in(marker), tuple(finetune.drop_model(found) for found in names))


def _may_arrive(attempt: Attempt) -> bool:
    """Tell whether a training may be starting, of which nothing else would tell yet."""
    return attempt.event is Event.SUBMITTED and attempt.age <= _ARRIVES_SECONDS


def _read_attempt_namer(attempt: Attempt) -> Namer:
    return Namer(f"a training of {attempt.training.model}, which may be starting,", _digits_of(attempt), ())


def _digits_of(attempt: Attempt) -> tuple[str, ...]:
    return tuple(attempt.training.tables.split(".")) if attempt.training.tables else ()


def _read_job_namer(job: Job) -> Namer:
    """Read which tables a job names: in its marker, or in the queries of one that is not ours."""
    named = find_digits(f"{job.training} {job.validation}")
    return Namer(f"job {job.id}", tuple(dict.fromkeys((*_digits_in(job.marker), *named))), (finetune.cancel(job.id),))


def _digits_in(marker: Marker | None) -> tuple[str, ...]:
    return () if marker is None or marker.tables == NONE else tuple(marker.tables.split("."))
