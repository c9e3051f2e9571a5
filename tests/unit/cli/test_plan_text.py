from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftspec.cli.views.plan_text import Line, render_plan, wrap_lines
from ftspec.model.address import Address, ObjectName
from ftspec.model.change import Action, Change, Cost, Difference, SideFigures, State
from ftspec.model.diagnostics import Diagnostic, Severity, Span
from ftspec.model.graph import Graph, Node
from ftspec.model.plan import AwaitJob, Execute, Hazard, Plan, Ref
from ftspec.model.profile import Profile, Spread
from ftspec.planning.planfile import plan_to_dict

LLAMA, APP = Address("model", "llama"), Address("privileges", "app")
COUNTED = "1 to create, 1 to update, 0 to replace, 0 to delete, 0 blocked"
PROFILE = Profile(1412, "d1:1412-1", prompt_tokens=Spread(38204, 1200, 40, 60, 70))
CREATE = Change(
    LLAMA,
    Action.CREATE,
    State.ABSENT,
    18,
    reason="it was trained before, and is gone",
    differences=(
        Difference("base_model", None, "llama3-8b"),
        Difference("training_data", None, "train"),
        Difference("validation_data", None, "valid"),
        Difference("options.max_epochs", None, "3"),
    ),
    cost=Cost(rows=1412, tokens=38204, epochs=3, validation_rows=46, credit_rate=1.9),
    figures=(SideFigures("training", "train", PROFILE),),
)
UPDATE = Change(
    APP,
    Action.UPDATE,
    State.OUTDATED,
    differences=(
        Difference("grants", None, "USAGE on model ML.SUPPORT.LLAMA", "can_use llama"),
        Difference("grants", "SNOWFLAKE.CORTEX_USER", "SNOWFLAKE.CORTEX_USER", "can_use llama, through PUBLIC"),
        Difference("grants", "SELECT on table ML.SUPPORT.OLD", None),
    ),
    notes=(
        Diagnostic("FT203", "also declared by zebra", Severity.NOTE, span=Span("app.yaml", 5, 3), hint="unite them"),
    ),
)
STEPS = (
    Execute(id="train", address=LLAMA, title="start training", hazards=(Hazard.BILLED,), sql=("SELECT 1\nFROM t",)),
    AwaitJob(
        id="await",
        address=LLAMA,
        title="wait for it",
        after=("train",),
        job=Ref("train", "job_id"),
        model=ObjectName("ML", "SUPPORT", "LLAMA"),
    ),
    Execute(id="grant", address=APP, title="grant it", sql=("GRANT x ON ", Ref("await", "model"))),
)


def plan(*changes, steps=()):
    return Plan("bot", "dev", "ACCT", "ML_TRAINER", changes=changes, steps=steps)


def render(*changes, steps=()):
    """Render what a reader of the JSON would have."""
    document = json.loads(json.dumps(plan_to_dict(plan(*changes, steps=steps))))
    return [line.text for line in render_plan(document)]


def test_a_whole_plan():
    assert render(CREATE, UPDATE, steps=STEPS) == [
        "ftspec: project bot, environment dev, role ML_TRAINER",
        "",
        "  + model llama                                 create    billed",
        "      it was trained before, and is gone",
        "      base_model       llama3-8b",
        "      training_data    train, 1,412 rows",
        "      training tokens  38,204 tokens x 3 epochs = 114,612 (about 4 characters a token)",
        "      prompts          tokens: median 40, p95 60, p99 70, largest 1,200",
        "      completions      tokens: median 0, p95 0, p99 0, largest 0",
        "      cost             0.22 credits (1.9 a million tokens)",
        "      validation_data  valid, 46 rows",
        "      max_epochs       3",
        "  ~ privileges app                              update",
        "      + USAGE on model ML.SUPPORT.LLAMA  (can_use llama)",
        "      = SNOWFLAKE.CORTEX_USER            (can_use llama, through PUBLIC)",
        "      - SELECT on table ML.SUPPORT.OLD",
        "      note FT203       also declared by zebra",
        "                       app.yaml:5:3",
        "                       hint: unite them",
        "",
        "Statements, in this order:",
        "   1. start training  [billed]",
        "      SELECT 1",
        "      FROM t",
        "   2. wait for it",
        "   3. grant it",
        "      GRANT x ON ${model}",
        "",
        f"Plan: {COUNTED}.",
        "Training: 114,612 tokens, 0.22 credits.",
    ]


def test_a_plan_without_sql_has_its_steps():
    lines = [line.text for line in render_plan(plan_to_dict(plan(CREATE, steps=STEPS)), sql=False)]
    begin = lines.index("Steps, in this order:")
    assert lines[begin + 1 : begin + 5] == ["   1. start training  [billed]", "   2. wait for it", "   3. grant it", ""]


def test_privileges_name_who_they_are_for():
    graph = Graph((Node(LLAMA, "ML.SUPPORT.LLAMA"), Node(APP, "role PUBLIC")), ())
    whole = replace(plan(CREATE, UPDATE, replace(UPDATE, address=Address("privileges", "OLD"))), graph=graph)
    heads = [line.text for line in render_plan(plan_to_dict(whole)) if line.style.startswith("bold")]
    assert heads[:3] == [
        "  + model llama                                 create",
        "  ~ privileges app for role PUBLIC              update",
        "  ~ privileges OLD                              update",
    ]


def test_what_is_done_stands_in_one_column():
    graph = Graph((Node(APP, f"role {'LONG' * 10}"),), ())
    lines = [line.text for line in render_plan(plan_to_dict(replace(plan(CREATE, UPDATE), graph=graph)))]
    head = f"  ~ privileges app for role {'LONG' * 10}  update"
    assert head in lines
    assert f"{'  + model llama':<{head.index('update')}}create" in lines


def test_a_very_long_grant_moves_no_column():
    long = Difference("grants", None, f"SELECT on table ML.SUPPORT.{'LONG' * 20}", "can_train llama")
    lines = render(replace(UPDATE, differences=(UPDATE.differences[0], long)))
    assert "      + USAGE on model ML.SUPPORT.LLAMA  (can_use llama)" in lines
    assert f"      + {long.after}  (can_train llama)" in lines


@pytest.mark.parametrize(
    ("cost", "line"),
    [
        (Cost(1, 9, 1, base_model="x-8b"), "credits unknown: set credit_rates.x-8b, or use --learn-rate"),
        (Cost(1, 9, 1, credit_rate=1.5, rate_learnt=True), "less than 0.01 credits (1.5 a million tokens, learnt from"),
        (Cost(1, 9, 1, credit_rate=0.0), "0.00 credits (0 a million tokens)"),
    ],
)
def test_what_a_training_takes(cost, line):
    assert any(found.startswith(f"      cost             {line}") for found in render(replace(CREATE, cost=cost)))


def test_how_tokens_were_counted():
    exact = replace(CREATE, cost=Cost(1, 9, 2, base_model="x-8b", exact=True))
    assert "      training tokens  9 tokens x 2 epochs = 18 (counted as x-8b does)" in render(exact)


def test_nothing_to_do():
    unchanged = Change(APP, Action.NO_OP, State.LIVE, differences=UPDATE.differences[1:2])
    assert render(unchanged)[2:] == ["No changes: Snowflake is as the manifests declare."]


def test_a_note_on_what_does_not_change_is_shown():
    note = Diagnostic("FT299", "calls fail since yesterday", Severity.WARNING)
    lines = render(Change(APP, Action.NO_OP, State.LIVE, notes=(note,), differences=UPDATE.differences))
    assert lines[2:] == [
        "    privileges app                              no-op",
        "      warning FT299    calls fail since yesterday",
        "",
        "No changes: Snowflake is as the manifests declare.",
    ]


def test_what_differs_and_stays_is_shown():
    note = Diagnostic("FT215", "it stays", Severity.NOTE)
    differences = (Difference("options.max_epochs", None, "5"), Difference("name", "ML.S.M", "ML.S.M"))
    lines = render(Change(LLAMA, Action.NO_OP, State.OUTDATED, 8, notes=(note,), differences=differences))
    assert lines[3:-2] == ["      max_epochs       unset -> 5", "      note FT215       it stays"]


def test_blocked_is_told_by_its_note_alone():
    note = Diagnostic("FT214", "job ft_1 was cancelled", hint="--retry")
    lines = render(Change(LLAMA, Action.BLOCKED, State.FAILED, 14, "job ft_1 was cancelled", notes=(note,)))
    assert lines[2:] == [
        "  ! model llama                                 blocked",
        "      error FT214      job ft_1 was cancelled",
        "                       hint: --retry",
        "",
        "Plan: 0 to create, 0 to update, 0 to replace, 0 to delete, 1 blocked.",
    ]


def test_a_blocked_change_of_what_is_not_there_tells_what_will_be_alone():
    blocked = replace(CREATE, action=Action.BLOCKED, cost=None, figures=())
    assert "      base_model       llama3-8b" in render(blocked)
    there = replace(blocked, differences=(*blocked.differences, Difference("comment", "old", "new")))
    assert {"      base_model       unset -> llama3-8b", "      comment          old -> new"} <= set(render(there))


def test_what_was_and_what_will_be():
    change = Change(LLAMA, Action.UPDATE, State.LIVE, 5, differences=(Difference("comment", "old", "it's new"),))
    assert render(change)[3] == "      comment          'old' -> \"it's new\""


def test_epochs_that_are_assumed_are_said_to_be():
    cost = Cost(rows=1, tokens=10, epochs=3, epochs_assumed=True)
    change = Change(
        LLAMA, Action.CREATE, State.ABSENT, differences=(Difference("training_data", None, "t"),), cost=cost
    )
    assert "x 3 epochs (assumed: Snowflake decides) = 30 (about" in render(change)[4]


@pytest.mark.parametrize("action", [action for action in Action if action.is_change])
def test_every_change_is_counted(action):
    lines = render(Change(LLAMA, action, State.LIVE))
    assert f"1 to {action}" in lines[-1]
    assert lines[2].endswith(action.value)


def test_lines_as_wide_as_the_terminal():
    line = Line("      comment          " + "word " * 12, "bold", hang=23)
    broken = list(wrap_lines([line], 50))
    assert [part.text for part in broken] == [
        "      comment          word word word word word",
        "                       word word word word word",
        "                       word word",
    ]
    assert {part.style for part in broken} == {"bold"}


def test_a_log_gets_whole_lines():
    line = Line("word " * 100)
    assert list(wrap_lines([line], None)) == [line]
    assert list(wrap_lines([Line("")], 10)) == [Line("")]


CONTROLS = {chr(code) for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), 0x2028, 0x2029)}
SEEN = r"a\u{1b}[31mRED\u{1b}[0m \u{202e}\u{1b}[1A"


def test_a_value_is_shown_and_never_obeyed():
    line = Line("      comment          a\x1b[31mRED\x1b[0m \u202e\x1b[1A", "bold", hang=23)
    assert [part.text for part in wrap_lines([line], None)] == [f"      comment          {SEEN}"]


def test_lines_of_a_value_hang_below_its_first():
    line = Line("      comment          one\r\ntwo\tfold\rPlan: 0 to create.\n\n", "bold", hang=23)
    broken = list(wrap_lines([line], None))
    assert [part.text for part in broken] == [
        "      comment          one",
        "                       two    fold",
        "                       Plan: 0 to create.",
    ]
    assert {part.style for part in broken} == {"bold"}


text = st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"], include_characters=" "), max_size=200)


@given(st.text(min_size=1, max_size=60))
def test_no_value_begins_a_line_or_steers_a_terminal(value):
    differences = tuple(Difference("comment", before, value) for before in (None, value, "old"))
    grants = (Difference("grants", None, value, value),)
    note = Diagnostic("FT299", value, Severity.WARNING, hint=value)
    change = Change(LLAMA, Action.UPDATE, State.LIVE, 5, value, (note,), (*differences, *grants))
    step = replace(STEPS[0], title=value, sql=(value,))
    whole = replace(plan(change, steps=(step,)), role=value)
    lines = list(wrap_lines(render_plan(plan_to_dict(whole)), None))
    assert not CONTROLS.intersection("".join(line.text for line in lines))
    assert {line.text.split(" ")[0] for line in lines} <= {"", "ftspec:", "Statements,", "Plan:"}


@given(text, st.integers(30, 120), st.integers(0, 25))
def test_no_line_is_wider_and_no_word_is_lost(words, width, hang):
    broken = [part.text for part in wrap_lines([Line(words, hang=hang)], width)]
    assert all(len(part) <= width for part in broken)
    assert "".join("".join(broken).split()) == "".join(words.split())
