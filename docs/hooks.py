"""What the site shows otherwise than the repository: links that lead out of docs name the file instead."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

OUTWARD = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>(?:\.\./)+[^)#]+)\)")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write `text (path)` for a link to a file of the repository that is no page."""
    del files
    docs = Path(config.docs_dir)
    folder = (docs / page.file.src_uri).parent

    def spell(match: re.Match[str]) -> str:
        target = (folder / match["target"]).resolve()
        if target.is_relative_to(docs):
            return match.group()
        if not target.exists():
            message = f"{page.file.src_uri} links to {match['target']}, which is not there"
            raise PluginError(message)
        path = target.relative_to(docs.parent).as_posix()
        return f"`{path}`" if match["text"] == path else f"{match['text']} (`{path}`)"

    return OUTWARD.sub(spell, markdown)
