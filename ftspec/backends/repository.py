"""Where a project lies in its repository: what tools that read a whole repository name files by."""

from __future__ import annotations

from pathlib import Path


def find_root(folder: Path) -> Path | None:
    """Find the root of the Git repository around a folder, which need not be there yet."""
    whole = folder.resolve()
    return next((place for place in (whole, *whole.parents) if (place / ".git").exists()), None)


def find_prefix(folder: Path) -> str:
    """Give the path of a project from the root of its Git repository, with a slash behind it where it is not empty.

    Without a repository around it, the path counts from the folder in which the command runs.
    """
    whole, root = folder.resolve(), find_root(folder) or Path.cwd()
    inside = whole.relative_to(root).as_posix() if whole.is_relative_to(root) else "."
    return "" if inside == "." else f"{inside}/"
