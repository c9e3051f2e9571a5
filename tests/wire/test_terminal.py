"""On a terminal: the prompt, the progress bar, colour and width; and none of it where there is no terminal."""

from __future__ import annotations

import json
import os
import re
import sys
import time

import pytest
from support.workspace import REPOSITORY, copy_project
from wire.driver import DRIVERS, build_environment
from wire.project import FIRST_TRAINING, Wired
from wire.terminal import COLUMNS, draw_screen, has_colour, run_on_terminal

from ftspec.emulator.launch import Account, attach

CREATE = "FINETUNE('CREATE'"
PROMPT = "Only 'yes' goes on"


@pytest.fixture
def start(hold):
    """Give a project that trains for a while, and a way to run ftspec in it on a terminal."""
    wired = hold(training_seconds=1.5)
    wired.rewrite("training_seconds: 0.3", "training_seconds: 1.5")
    return wired, starter(wired)


@pytest.fixture(scope="module")
def start_still(tmp_path_factory):
    """Give the same for tests that change nothing: they share a project."""
    workspace = copy_project(FIRST_TRAINING, tmp_path_factory.mktemp("terminal") / "project")
    account = Account(workspace.folder / ".ftspec" / "embedded", "ML", "SUPPORT", (workspace.folder / "setup.sql",))
    with attach(account, idle_seconds=0.1) as attachment:
        wired = Wired(workspace, attachment)
        yield wired, starter(wired)


def starter(wired):
    def on_terminal(*arguments, **environment):
        command = [sys.executable, "-W", "error", "-m", "ftspec", "-C", str(wired.folder), *arguments]
        return run_on_terminal(command, REPOSITORY, build_environment(environment))

    return on_terminal


def test_yes_applies_and_the_bar_leaves_nothing_behind(start):
    wired, on_terminal = start
    with on_terminal("apply") as terminal:
        terminal.read_until(PROMPT)
        assert "This would change Snowflake (billed)." in terminal.written
        before = len(terminal.written)
        terminal.type("yes\n")
        code = terminal.read_to_end()
    after = terminal.written[before:]
    assert code == 0
    assert len(wired.log_of(CREATE)) == 1
    assert re.search(r"\d+%", after)
    assert re.search(r"\d:\d\d:\d\d", after)
    screen = draw_screen(terminal.written)
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h") > 0
    assert [line for line in screen if "━" in line or "%" in line] == []
    at = next(number for number, line in enumerate(screen) if PROMPT in line)
    # A line that is longer than the terminal goes on in the next one.
    shown = re.sub(
        r"\n(?!done: |Applied: |Planned )", " ", "\n".join(line.strip() for line in screen[at + 1 :] if line)
    )
    told = re.sub(r"ft_[-0-9a-f]+|\b\d+ s\b|\d+\.\d+|\d+ (?:tokens|rows)", "…", shown).split("\n")
    # What begins side by side ends in any order.
    assert sorted(told[:4]) == [
        "done: grant USAGE on database ML to role SUPPORT_APP",
        "done: grant USAGE on schema ML.SUPPORT to role SUPPORT_APP",
        "done: profile dataset train again, before it is paid for: …, …",
        "done: start training ML.SUPPORT.MY_SUPER_LLAMA, job_id …",
    ]
    assert told[4:] == [
        "done: wait for the training of ML.SUPPORT.MY_SUPER_LLAMA in …: training loss …, validation loss …, … trained",
        "done: write on ML.SUPPORT.MY_SUPER_LLAMA what it was made from",
        "done: grant USAGE on model ML.SUPPORT.MY_SUPER_LLAMA to role SUPPORT_APP",
        "Applied: 7 of 7 steps done, 0 failed, 0 skipped.",
        "Planned again: no changes.",
    ]


@pytest.mark.parametrize("answer", ["y\n", "\n", "YES\n"])
def test_anything_else_changes_nothing(start_still, answer):
    wired, on_terminal = start_still
    with on_terminal("apply") as terminal:
        terminal.read_until(PROMPT)
        terminal.type(answer)
        code = terminal.read_to_end()
    assert code == 1
    assert "nothing was changed" in draw_screen(terminal.written)
    assert wired.log_of(CREATE) == wired.log_of("GRANT USAGE ON DATABASE ML TO ROLE SUPPORT_APP") == []


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_an_interrupt_at_the_prompt_changes_nothing(start_still, key):
    wired, on_terminal = start_still
    with on_terminal("apply") as terminal:
        terminal.read_until(PROMPT)
        # A Ctrl-C in the very moment between Python's last look for signals and its read is seen only after the next
        # key, in any Python program; nobody types that fast, but a test does.
        time.sleep(0.5)
        terminal.type(key)
        code = terminal.read_to_end()
    assert code == 130
    assert "interrupted: nothing was changed" in draw_screen(terminal.written)
    assert "FT999" not in terminal.written
    assert wired.log_of(CREATE) == []


def test_ctrl_c_at_the_bar_gives_the_cursor_back_and_leaves_the_job(start):
    wired, on_terminal = start
    with on_terminal("apply", "--auto-approve") as terminal:
        terminal.read_until("IN_PROGRESS")
        terminal.type("\x03")
        code = terminal.read_to_end()
    assert code == 130
    assert "Traceback" not in terminal.written
    assert terminal.written.rindex("\x1b[?25h") > terminal.written.rindex("\x1b[?25l")
    assert [line for line in draw_screen(terminal.written) if "━" in line] == []
    assert len(wired.jobs()) == 1


def test_no_line_of_a_plan_is_wider_than_the_terminal(start_still):
    _, on_terminal = start_still
    with on_terminal("plan") as terminal:
        assert terminal.read_to_end() == 0
    assert has_colour(terminal.written)
    lines = draw_screen(terminal.written)
    assert max(len(line) for line in lines) <= COLUMNS
    assert any(line.startswith("Plan: 1 to create, 1 to update") for line in lines)


@pytest.mark.parametrize(("arguments", "environment"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_no_colour_when_it_is_not_wanted(start_still, arguments, environment):
    _, on_terminal = start_still
    with on_terminal(*arguments, "plan", **environment) as terminal:
        assert terminal.read_to_end() == 0
    assert "\x1b" not in terminal.written


def test_without_colour_an_apply_moves_nothing(start):
    _, on_terminal = start
    with on_terminal("apply", "--auto-approve", "--no-color") as terminal:
        assert terminal.read_to_end() == 0
    assert "\x1b" not in terminal.written
    assert "IN_PROGRESS" in terminal.written


def test_a_reset_asks_and_names_what_it_removes(start_still):
    wired, on_terminal = start_still
    with on_terminal("embedded", "reset") as terminal:
        terminal.read_until(PROMPT)
        terminal.type("no\n")
        code = terminal.read_to_end()
    assert code == 1
    asked = " ".join(draw_screen(terminal.written))
    assert "This would remove the embedded account of environment 'embedded' in" in asked
    assert "with 1 database and 0 models." in asked
    assert "nothing was changed" in asked
    assert (wired.folder / ".ftspec" / "embedded" / "account").exists()


def test_without_a_terminal_nothing_is_coloured_moved_or_cut(start):
    wired, _ = start
    planned = DRIVERS[0].ftspec(wired.folder, "plan", TERM="xterm-256color")
    applied = DRIVERS[0].ftspec(wired.folder, "apply", "--auto-approve", TERM="xterm-256color")
    assert (planned.code, applied.code) == (0, 0)
    for text in (planned.out, planned.err, applied.out, applied.err):
        assert "\x1b" not in text
        assert "\r" not in text
    assert max(len(line) for line in planned.out.split(os.linesep)) > COLUMNS


def test_a_training_is_watched_until_it_ends_or_somebody_has_seen_enough(hold):
    wired = hold(training_seconds=600, allow_control=True)
    wired.rewrite("training_seconds: 0.3", "training_seconds: 600")
    assert wired.workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    (job,) = (str(found["id"]) for found in wired.jobs())
    on_terminal = starter(wired)
    with on_terminal("status", "--watch") as terminal:
        terminal.read_until(job)
        terminal.type("\x03")
        code = terminal.read_to_end()
    assert code == 130
    shown = draw_screen(terminal.written)
    assert [line.split()[:2] for line in shown if line.startswith("my_super_llama")] == [["my_super_llama", "training"]]
    assert shown.count("interrupted") == 1
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h") > 0
    with on_terminal("status", "--watch") as terminal:
        terminal.read_until(job)
        wired.control.ask("POST", f"/jobs/{job}", do="finish")
        code = terminal.read_to_end()
    shown = draw_screen(terminal.written)
    assert code == 0
    assert [line.split()[:2] for line in shown if line.startswith("my_super_llama")] == [
        ["my_super_llama", "unfinished"]
    ]
    assert any(line.split() == ["job", job, "SUCCESS"] for line in shown)


def test_a_training_is_watched_in_a_log(hold):
    wired = hold(training_seconds=600, allow_control=True)
    wired.rewrite("training_seconds: 0.3", "training_seconds: 600")
    assert wired.workspace.run("apply", "--auto-approve", "--no-wait").code == 0
    (job,) = (str(found["id"]) for found in wired.jobs())
    process = wired.workspace.start("status", "--watch")
    first = process.stdout.readline()
    assert re.fullmatch(
        rf"my_super_llama  training  job {job} (?:PENDING|IN_PROGRESS)(?: \d+%)?(?:, loss .*)?\n", first
    )
    wired.control.ask("POST", f"/jobs/{job}", do="finish")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    lines = out.splitlines()
    end = next(number for number, line in enumerate(lines) if "unfinished" in line)
    assert all(line.startswith(f"my_super_llama  training  job {job} ") for line in lines[:end])
    assert lines[end].startswith(f"my_super_llama  unfinished  job {job} SUCCESS, loss ")
    assert lines[end + 1].split()[:2] == ["my_super_llama", "unfinished"]
    still = wired.workspace.run("--format", "json", "status", "--watch")
    assert (still.code, json.loads(still.out)["models"][0]["state"]) == (0, "unfinished")
    assert wired.workspace.run_apart("status", "--watch", "--access").code == 1


def test_an_upload_tells_how_much_is_packed_and_how_much_goes(hold):
    wired = hold(allow_control=True)
    wired.control.add("delay", match="^PUT ", milliseconds=1_000)
    (wired.folder / "more.yaml").write_text(
        "apiVersion: ftspec/v1\nkind: Dataset\nmetadata: {name: pairs}\nspec: {file: pairs.jsonl}\n"
    )
    with (wired.folder / "pairs.jsonl").open("w") as rows:
        rows.writelines(json.dumps({"prompt": f"{n}" * 9, "completion": "a"}) + "\n" for n in range(120_000))
    with starter(wired)("apply", "--auto-approve", "--target", "pairs") as terminal:
        assert terminal.read_to_end() == 0
    packed = [int(share) for share in re.findall(r"(\d+)%\S* \S*packing pairs\.jsonl", terminal.written)]
    assert packed == sorted(packed)
    assert any(0 < share <= 100 for share in packed)
    assert re.search(r"uploading pairs\.jsonl, [\d.,]+ (?:MB|bytes)", terminal.written)
    assert [line for line in draw_screen(terminal.written) if "━" in line or "packing" in line] == []
