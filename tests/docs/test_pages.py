"""What the pages show is what happens: each is played in a fresh folder, and the outputs of its commands compared."""

from __future__ import annotations

import pytest
from support.console import Console, Player
from support.workspace import REPOSITORY

# How many blocks of each page cannot be run here: they install something, or take an account.
NOT_RUN = {
    "README.md": 2,
    "docs/embedded.md": 1,
    "docs/tutorial.md": 1,
}
PAGES = sorted(
    [
        REPOSITORY / "README.md",
        *(REPOSITORY / "docs").rglob("*.md"),
        *(REPOSITORY / "examples").glob("*/README.md"),
    ]
)


def name(path):
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_shows_what_happens(page, tmp_path, update_golden):
    # What is written into a page is what readers see: trainings that take their time.
    quick = {} if update_golden else {"FTSPEC_TRAINING_SECONDS": "0.2"}
    player = Player(Console(tmp_path, quick), page.parent)
    text = page.read_text(encoding="utf-8")
    played = player.play(text)
    if update_golden:
        page.write_text(played, encoding="utf-8")
    assert played == page.read_text(encoding="utf-8")
    assert len(player.not_run) == NOT_RUN.get(name(page), 0), player.not_run
