"""What ends with a session: its temporary stages."""

from __future__ import annotations

import shutil
from pathlib import Path

from ftspec.emulator.catalog import Catalog
from ftspec.emulator.staging.locations import find_folder


def end_sessions(catalog: Catalog, folder: Path, session: int | None = None) -> None:
    """Remove the temporary stages and file formats of a session, or of all of them."""
    for kind in ("STAGE", "FILE FORMAT"):
        for entry in catalog.list_objects(kind):
            owner = entry.extra.get("SESSION")
            if owner is not None and session in {None, owner}:
                catalog.remove(entry.key)
                shutil.rmtree(find_folder(folder, entry.key), ignore_errors=True)
