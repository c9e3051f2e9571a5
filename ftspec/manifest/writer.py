"""Documents to YAML: what the reader reads back as the same documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import yaml

from ftspec.manifest.lookalike import API_VERSION

_WIDTH = 100
_ENDLESS = 1 << 30


class _Dumper(yaml.SafeDumper):
    """Write text of several lines as a block, and lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - yaml's own
        """Indent lists too."""
        del indentless
        super().increase_indent(flow, False)  # noqa: FBT003 - the same


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = text.replace("\n", "").isprintable()  # yaml breaks other kinds of lines where none should be
    style = '"' if not plain else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def build_content(kind: str, name: str, spec: Mapping[str, object]) -> Mapping[str, object]:
    """Build the content of a document; what looks like a variable in the texts of `spec` is none."""
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": _escape(spec)}


def write_manifests(contents: Iterable[Mapping[str, object]]) -> str:
    """Write documents as the text of one file."""
    return "---\n".join(
        yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH) for content in contents
    )


def write_text(text: str) -> str:
    """Write a text as it stands behind a key, quoted where YAML would take it for something else."""
    return yaml.dump(text, Dumper=_Dumper, allow_unicode=True, width=_ENDLESS).removesuffix("...\n").strip()


def _escape(value: object) -> object:
    match value:
        case str():
            return value.replace("${", "$${")
        case Mapping():
            return {key: _escape(entry) for key, entry in value.items()}
        case list() | tuple():
            return [_escape(entry) for entry in value]
        case _:
            return value
