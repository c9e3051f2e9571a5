"""A rollback after a rollback goes further back, wherever it is cut off; what was rolled back from stays away."""

from __future__ import annotations

import re

import pytest
from properties.test_rollback_cut import Account, ignore
from support.workspace import REPOSITORY, copy_project

from ftspec import errands
from ftspec.engine.session import Fault
from ftspec.model.change import Action

STEPS = ("hold", "pass", "retire", "promote", "probe", "release")
SPECS = ("max_epochs: 2", "max_epochs: 3", "max_epochs: 4")


class Three(Account):
    """An account with three models, of which the newest is declared and live."""

    def order(self) -> list[str]:
        """Name the models by their age: the live one is LLAMA."""
        rows = sorted(self.session.execute("SHOW MODELS IN SCHEMA ML.SUPPORT"), key=lambda row: str(row["created_on"]))
        return ["live" if row["name"] == "LLAMA" else "kept" for row in rows]

    def held(self) -> list[str]:
        """Name the models that have a hold."""
        rows = self.session.execute("SHOW MODELS IN SCHEMA ML.SUPPORT")
        return [str(row["name"]) for row in rows if not re.search(r" hold=- ", f"{row['comment']} ")]

    def restore(self) -> None:
        errands.resume(self.loaded, self.session, "llama", ignore, self.run())
        self.apply()
        assert (self.order(), self.held()) == (["kept", "kept", "live"], [])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Three:
    source = REPOSITORY / "tests" / "scenarios" / "replaced"
    workspace = copy_project(source, tmp_path_factory.mktemp("rollbacks") / "project")
    path = workspace.folder / "models.yaml"
    text = path.read_text().replace("  options: {", "  keep_previous: 4\n  options: {")
    for spec in SPECS:
        path.write_text(text.replace(SPECS[0], spec))
        ran = workspace.run("apply", "--auto-approve")
        assert ran.code == 0, ran.out + ran.err
    account = Three(workspace)
    yield account
    account.session.close()


@pytest.fixture
def account(made) -> Three:
    made.restore()
    made.roll_back()
    assert (made.order(), made.held()) == (["kept", "live", "kept"], ["LLAMA"])
    return made


def test_a_second_rollback_goes_further_back(account):
    assert tuple(account.roll_back()) == STEPS
    assert (account.order(), account.held()) == (["live", "kept", "kept"], ["LLAMA"])
    assert account.apply()["llama"] is Action.NO_OP
    with pytest.raises(Fault) as none:
        account.roll_back()
    assert none.value.diagnostic.code == "FT420"
    assert none.value.diagnostic.hint == "ftspec resume llama, and the next apply brings what is declared live again"
    account.restore()


@pytest.mark.parametrize("cut", STEPS)
def test_one_that_is_cut_off_is_completed_by_the_next_one(account, cut):
    assert account.roll_back(cut)[-1] == cut
    if cut not in {"probe", "release"}:
        account.roll_back()
    assert account.order() == ["live", "kept", "kept"]
    assert account.apply()["llama"] is Action.NO_OP


@pytest.mark.parametrize("cut", STEPS)
def test_an_apply_never_brings_back_what_was_rolled_back_from(account, cut):
    account.roll_back(cut)
    assert account.apply()["llama"] is (Action.PROMOTE if cut == "promote" else Action.NO_OP)
    gone_on = cut in {"promote", "probe", "release"}
    assert account.order() == (["live", "kept", "kept"] if gone_on else ["kept", "live", "kept"])
