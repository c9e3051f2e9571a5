"""One sequence: a project of its own on a shared server, what is done to it, and what must hold after that."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from hypothesis import currently_in_test_context, note
from support.workspace import Ran, wait_until
from torture import actions
from torture.actions import EFFECTS, Action, Start
from torture.commands import KILLED, Command
from torture.ledger import Ledger
from torture.manifests import Manifests
from torture.stand import QUICK_SECONDS, SLOW_SECONDS, Stand, run

from ftspec import __version__, operations
from ftspec.backends.files import read_project, read_schemas
from ftspec.backends.snowflake import SnowflakeSession
from ftspec.model.change import Action as Decided
from ftspec.model.plan import Plan
from ftspec.operations import Loaded

SCHEMAS = read_schemas()
APPROVED = ("--auto-approve", "--allow", "cancels", "--allow", "deletes")
PATTERN, PATTERN_JOB = "pattern", "${job}"
"""The name of the project whose first apply others begin with, and what stands for its job."""
ATTEMPTS = ("'submitted'", "'started'", "'ended'")
RUNNING = ("PENDING", "IN_PROGRESS")
PATIENCE_SECONDS = 600
"""Longer than a dead run's lock lasts, and than a statement may take to be known to the query history."""
GLANCE_SECONDS = 0.04
DESCRIBED = re.compile(r"'DESCRIBE', '(ft_[0-9a-f-]+)'")
AWAITED = 3
"""How often a run asks for a job that it waits for, at least: for others it asks once a plan."""


@dataclass
class Trial:
    """A project under way.

    `is_patient`: the time has passed in which outcomes may be unknown. `is_innocent`: nothing happened that a person
    has to decide about, so that nothing may be blocked. `could_call`: the consumer's role could, and nobody took that
    away. `is_settled`: an undisturbed apply was the last that happened, when the time had passed.
    """

    stand: Stand
    start: Start
    name: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    is_patient: bool = True
    is_innocent: bool = True
    could_call: bool = False
    has_slow_jobs: bool = False
    is_settled: bool = False
    finished: set[str] = field(default_factory=set)
    rows: int = 0
    loaded: Loaded | None = None

    def __enter__(self) -> Self:
        self.name = self.name or f"t{next(self.stand.numbers)}"
        self.place = f"ML.{self.name.upper()}"
        self.role = f"APP_{self.name}".upper()
        self.folder = self.stand.folder / self.name
        self.log = self.stand.account / "log.jsonl"
        self.read_to = self.log.stat().st_size
        self.manifests = Manifests(is_locked=self.start.is_locked)
        self.manifests.write(self.folder, self.name)
        run(self.stand.trainer, f"CREATE SCHEMA {self.place}")
        run(self.stand.trainer, f"CREATE TABLE {self.place}.QUESTIONS AS SELECT * FROM ML.HOME.QUESTIONS")
        run(self.stand.admin, f"CREATE ROLE {self.role}")
        run(self.stand.admin, f"GRANT ROLE {self.role} TO ROLE SYSADMIN")
        if self.start.is_live:
            self._make_live()
        self.session = SnowflakeSession({**self.stand.parameters, "role": "ML_TRAINER", "schema": self.name.upper()})
        return self

    def _make_live(self) -> None:
        """Bring the project to where a first apply would have brought it."""
        job = ""
        for sql in self.stand.first_apply:
            told = sql.replace(PATTERN, self.name).replace(PATTERN.upper(), self.name.upper()).replace(PATTERN_JOB, job)
            rows = run(self.stand.trainer, told)
            if "FINETUNE('CREATE'" in told:
                job = str(rows[0][0])
                self.stand.end_job(job, "finish")
        self.could_call = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        control = self.stand.control
        control.ask("DELETE", "/rules")
        self.session.close()
        self._end_jobs("fail")
        control.ask("DELETE", "/jobs")
        run(self.stand.admin, f"DROP SCHEMA {self.place} CASCADE")
        run(self.stand.consumer, "USE ROLE ACCOUNTADMIN")
        run(self.stand.admin, f"DROP ROLE {self.role}")
        shutil.rmtree(self.folder)

    def act(self, action: Action) -> None:
        """Do one action, and check what must hold after it."""
        _note(f"{action}")
        self.is_settled = False
        match action:
            case actions.Apply(is_breaking=False) if not self.is_patient:
                self._pass_time()
            case _ if isinstance(action, actions.RUNS):
                self._break_lock()
        if isinstance(action, actions.RUNS):
            self._run(action)
        else:
            self._meddle(action)
        self._read_log()

    def _run(self, action: Action) -> None:
        match action:
            case actions.Apply(_, option):
                self.apply(option)
            case actions.Leave():
                self._apply("--no-wait", takes=SLOW_SECONDS)
                self.has_slow_jobs = True
            case actions.Kill():
                self._kill(action)
            case actions.Drop():
                self._drop(action)
            case actions.Together():
                self._apply_together()
            case actions.Doom(how):
                self._doom(how)
            case actions.LetGo():
                self._let_go()

    def _meddle(self, action: Action) -> None:
        match action:
            case actions.Edit(name, value):
                self._edit(name, value)
            case actions.EndJob(how):
                self._end_jobs(how)
            case actions.DropModel(place):
                self._drop_model(place)
            case actions.Overwrite(place):
                self._overwrite(place)
            case actions.Forget():
                self.stand.control.ask("DELETE", "/jobs")
                self.is_innocent = False
            case actions.Revoke(what):
                self._revoke(what)
            case actions.AddRow():
                self.rows += 1
                run(self.stand.trainer, f"INSERT INTO {self.place}.QUESTIONS VALUES ('Number {self.rows}?', 'Yes.')")
            case actions.Pass():
                self._pass_time()

    def apply(self, option: str = "") -> None:
        """Apply undisturbed, and check that nothing is left to do."""
        options = (option, "llama") if option == "--replace" else (option,) if option else ()
        if option == "--replace" and not self.manifests.is_declared:
            return
        asked = self._models() if option else None
        self._apply(*options)
        self._read_log(asked)
        self.check()

    def check(self) -> None:
        """Check that the next plan is empty or only blocked, and that the consumer's role can call what is live."""
        plan = operations.plan(self._load(), self.session).plan
        decided = {f"{change.address}": (change.action, change.reason) for change in plan.changes}
        _note(f"  plan: {decided}")
        assert {action for action, _ in decided.values()} <= {Decided.NO_OP, Decided.BLOCKED}, decided
        assert not plan.steps
        blocked = {address for address, (action, _) in decided.items() if action is Decided.BLOCKED}
        self.is_innocent = self.is_innocent and not self.ledger.cancelled
        assert not (blocked and self.is_innocent and self.is_patient), decided
        self._check_consumer(plan)
        self.is_settled = self.is_patient

    def settle(self) -> None:
        """End the sequence with an undisturbed apply, after the time in which outcomes may be unknown."""
        if not self.is_settled:
            self.act(actions.Pass())
            self.act(actions.Apply())

    def _check_consumer(self, plan: Plan) -> None:
        granted = any(change.address.kind == "privileges" and change.action is Decided.NO_OP for change in plan.changes)
        must = f"{self.place}.LLAMA" in self._models() and self.manifests.is_used and (granted or self.could_call)
        if must:
            run(self.stand.consumer, f"USE ROLE {self.role}")
            run(self.stand.consumer, f"SELECT SNOWFLAKE.CORTEX.COMPLETE('{self.place}.LLAMA', 'Where can I park?')")
        self.could_call = must

    def _edit(self, name: str, value: object) -> None:
        self.manifests = replace(self.manifests, **{name: value})
        self.manifests.write(self.folder, self.name)
        self.loaded = None
        self.could_call = self.could_call and self.manifests.is_declared

    def _load(self) -> Loaded:
        if self.loaded is not None:
            return self.loaded
        files, faults = read_project(self.folder)
        assert not faults
        loaded = operations.load(files, SCHEMAS, environment=None, variables={}, version=__version__)
        assert not loaded.is_faulty, loaded.diagnostics
        self.loaded = loaded
        return loaded

    def _start(self, *arguments: str) -> Command:
        return self.stand.commands.start("-C", str(self.folder), "--format", "json", *arguments)

    def _start_apply(self, *options: str, takes: float = QUICK_SECONDS, parallelism: int = 1) -> Command:
        self.stand.let_trainings_take(takes)
        return self._start("apply", *APPROVED, "--parallelism", str(parallelism), *options)

    def _apply(self, *options: str, takes: float = QUICK_SECONDS) -> Ran:
        command = self._start_apply(*options, takes=takes)
        self._attend(command)
        return self._end(command)

    def _attend(self, command: Command, rule: int | None = None) -> bool:
        """Wait until a run has ended, finishing the jobs that it waits for; or, True, until it waits at a rule."""
        size = 0
        while not self.stand.commands.has_ended(command, GLANCE_SECONDS):
            before, size = size, self.log.stat().st_size
            if rule is not None and size == before and self.stand.control.waiting(rule):
                return True
            if self.has_slow_jobs:
                self._finish_awaited()
        return False

    def _finish_awaited(self) -> None:
        """Finish the jobs that a run waits for: it asks for them again and again."""
        asked = Counter(DESCRIBED.findall(self._read_on().decode()))
        for job, times in asked.items():
            if times >= AWAITED and job not in self.finished:
                self.stand.end_job(job, "finish")
                self.finished.add(job)

    def _end(self, command: Command) -> Ran:
        """Check how a run has ended: whatever happened to it, never in a way that ftspec did not foresee."""
        ran = self.stand.commands.end(command)
        _note(f"  {ran.code}: {_tell(ran)}")
        assert ran.code in {0, 1, KILLED}, ran
        assert "FT999" not in ran.out + ran.err, ran
        return ran

    def _kill(self, kill: actions.Kill) -> None:
        control, moment = self.stand.control, kill.moment
        when = "after" if kill.how == "answered" else "before"
        meant = {"match": moment.match, "skip": moment.skip, "when": when}
        pause = control.add("pause", **meant)
        if kill.how == "lost":
            control.add("drop", **meant)
        command = self._start_apply(takes=SLOW_SECONDS if kill.is_slow else QUICK_SECONDS)
        self.has_slow_jobs = self.has_slow_jobs or kill.is_slow
        if self._attend(command, pause):
            self.is_patient = False
            self.stand.commands.kill(command)
            size = self.log.stat().st_size
            control.ask("DELETE", "/rules")
            if kill.how == "arrived":
                wait_until(lambda: self.log.stat().st_size > size, 10)
        control.ask("DELETE", "/rules")
        self._end(command)

    def _drop(self, drop: actions.Drop) -> None:
        control, moment = self.stand.control, drop.moment
        control.add("drop", match=moment.match, skip=moment.skip, when=drop.when, times=drop.times)
        self.is_patient = False
        self._apply()
        control.ask("DELETE", "/rules")

    def _apply_together(self) -> None:
        if not self.start.is_locked:
            self.apply()
            self.apply()
            return
        commands = [self._start_apply("--lock-timeout", "100", takes=SLOW_SECONDS, parallelism=4) for _ in range(2)]
        self.has_slow_jobs = True
        for command in commands:
            self._attend(command)
        for command in commands:
            self._end(command)
        self._read_log()
        self.check()

    def _doom(self, how: str) -> None:
        command = self._start_apply(takes=SLOW_SECONDS)
        self.has_slow_jobs = True
        while not self.stand.commands.has_ended(command, GLANCE_SECONDS):
            self._end_jobs(how)
        self._end(command)

    def _let_go(self) -> None:
        if not self.manifests.is_declared:
            self._end(self._start("forget", "llama"))
            self.is_innocent = False

    def _end_jobs(self, how: str) -> None:
        for job in self.stand.jobs():
            if job["status"] not in RUNNING:
                continue
            self.stand.end_job(str(job["id"]), how)
            self.is_innocent = self.is_innocent and how == "finish"

    def _models(self) -> tuple[str, ...]:
        """Name the models that are there, the live one first."""
        rows = run(self.stand.admin, f"SHOW MODELS IN SCHEMA {self.place}")
        names = {f"{self.place}.{row[1]}" for row in rows}
        return tuple(sorted(names, key=lambda name: (name != f"{self.place}.LLAMA", name)))

    def _drop_model(self, place: int) -> None:
        for name in self._models()[place : place + 1]:
            run(self.stand.trainer, f"DROP MODEL {name}")
            self.is_innocent = self.could_call = False

    def _overwrite(self, place: int) -> None:
        for name in self._models()[place : place + 1]:
            run(self.stand.trainer, f"ALTER MODEL {name} SET COMMENT = 'by hand'")
            self.is_innocent = False

    def _revoke(self, what: str) -> None:
        name = {"model": f"{self.place}.LLAMA", "schema": self.place, "database": "ML"}[what]
        if what != "model" or name in self._models():
            run(self.stand.admin, f"REVOKE USAGE ON {what.upper()} {name} FROM ROLE {self.role}")
            self.could_call = False

    def _pass_time(self) -> None:
        self.stand.control.ask("POST", "/clock", forward_seconds=PATIENCE_SECONDS)
        self.is_patient = True

    def _break_lock(self) -> None:
        """Break the lock of a dead run, where its time has not passed."""
        if self.is_patient or not self.start.is_locked:
            return
        lease = operations.find_holder(self._load(), self.session)
        if lease is not None:
            command = self._start("force-unlock", lease.id)
            self.stand.commands.has_ended(command, 60)
            assert self._end(command).code == 0

    def _read_log(self, asked: tuple[str, ...] | None = None) -> None:
        """Enter what the server's log holds of this project since."""
        read = self._read_on()
        whole = read[: read.rfind(b"\n") + 1]
        self.read_to += len(whole)
        told = (json.loads(line) for line in whole.splitlines())
        # A job is cancelled by its id alone; no other project acts at the same time.
        ours = (entry for entry in told if self.place in str(entry["sql"]) or "'CANCEL'" in str(entry["sql"]))
        self.ledger.enter(ours, asked)

    def _read_on(self) -> bytes:
        """Read what the log holds that was not entered yet."""
        with self.log.open("rb") as lines:
            lines.seek(self.read_to)
            return lines.read()


def prepare_first_apply(stand: Stand) -> None:
    """Apply a project for the first time, and keep the statements by which others are brought to the same state."""
    with Trial(stand, Start(is_live=False, is_locked=False), PATTERN) as trial:
        begin = trial.read_to
        trial.act(actions.Apply())
        assert trial.could_call
        lines = trial.log.read_bytes()[begin:].splitlines()
        job = str(stand.jobs()[0]["id"])
    sent = [str(entry["sql"]).replace(job, PATTERN_JOB) for entry in map(json.loads, lines)]
    effects = [sql for sql in sent if re.match(EFFECTS, sql)]
    stand.first_apply = tuple(sql for sql in effects if "INSERT" not in sql or any(event in sql for event in ATTEMPTS))
    with Trial(stand, Start(is_live=True, is_locked=True)) as trial:
        trial.check()
        assert trial.could_call


def _note(text: str) -> None:
    """Keep what is printed when the sequence fails."""
    if currently_in_test_context():
        note(text)


def _tell(ran: Ran) -> str:
    """Say in a few lines what a run said."""
    try:
        told = json.loads(ran.out)
    except ValueError:
        return ran.err.strip()
    outcomes = told.get("outcomes", {})
    return f"{told['diagnostics']}" if "diagnostics" in told else f"{outcomes}"
