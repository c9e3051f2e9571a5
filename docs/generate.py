"""Write the generated part of the reference: manifests from the JSON Schemas, commands from the command line itself.

`python docs/generate.py` writes docs/reference; a test holds the pages there against what this would write.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from ftspec.cli.main import cli
from ftspec.cli.settings import COMMON_NAMES

DOCS = Path(__file__).resolve().parent
SCHEMAS = DOCS.parent / "schemas"
KINDS = ("project", "dataset", "fine_tuned_model", "privileges")

Schema = Mapping[str, Any]
"""A JSON Schema. `Any`: it is JSON."""


def write_pages() -> dict[str, str]:
    """Write every generated page, by its path below docs."""
    pages = {f"reference/{kind}.md": write_kind(read_schema(kind)) for kind in KINDS}
    return {**pages, "reference/commands.md": write_commands()}


def read_schema(kind: str) -> Schema:
    """Read the schema of a kind."""
    schema: Schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    return schema


# Manifests


@dataclass(frozen=True)
class Part:
    """An object that a manifest may hold: where, and what the schema says of it."""

    path: str
    schema: Schema


def write_kind(root: Schema) -> str:
    """Write the page of a kind: its head, then a section for each object that a manifest of it may hold."""
    spec, name = root["properties"]["spec"], root["properties"]["metadata"]["properties"]["name"]
    manifest = {
        "apiVersion": root["properties"]["apiVersion"]["const"],
        "kind": root["title"],
        "metadata": {"name": name["examples"][0]},
        "spec": spec["examples"][0],
    }
    lines = [f"# {root['title']}", "", root["description"], "", *_example(manifest)]
    lines += [f"`metadata.name`: {_lower(name['description'])}", ""]
    parts = _collect_parts(root, "spec", spec)
    for part in parts.values():
        lines += _part_lines(root, part, parts)
    return "\n".join(lines).rstrip() + "\n"


def _collect_parts(root: Schema, path: str, node: Schema) -> dict[str, Part]:
    """Collect a node and the objects below it, those that are near first; what is defined once stands once."""
    parts: dict[str, Part] = {}
    waiting = deque([(path, node)])
    while waiting:
        path, node = waiting.popleft()
        key, whole = _key(node), resolve(root, node)
        if key in parts:
            continue
        more = whole.get("additionalProperties")
        if "properties" in whole or isinstance(more, dict):
            parts[key] = Part(path, whole)
        waiting += [(f"{path}.{name}", value) for name, value in whole.get("properties", {}).items()]
        waiting += [(f"{path}.NAME", more)] if isinstance(more, dict) else []
        waiting += [(f"{path}[]", whole["items"])] if "items" in whole else []
    return parts


def _key(node: Schema) -> str:
    """Tell one part of a schema from the others: by the name of its definition, where it has one."""
    return node.get("$ref") or json.dumps(node, sort_keys=True)


def resolve(root: Schema, node: Schema) -> Schema:
    """Put what a reference names in its place; what stands beside it goes before."""
    if "$ref" not in node:
        return node
    target: Schema = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def _part_lines(root: Schema, part: Part, parts: Mapping[str, Part]) -> Iterator[str]:
    node = part.schema
    yield from (f"## {part.path}", "", node["description"], "")
    chosen = ", ".join(f"`{key}`" for each in node.get("oneOf", ()) for key in each["required"])
    if chosen:
        yield from (f"Exactly one of {chosen}.", "")
    if "properties" in node:
        yield from ("| key | value | default | means |", "|---|---|---|---|")
        for key, value in node["properties"].items():
            whole = resolve(root, value)
            needed = "required" if key in node.get("required", ()) else _default(whole)
            means = _cell(" ".join((whole["description"], *_list_rules(node, key))))
            yield f"| `{key}` | {_describe(root, value, parts)} | {needed} | {means} |"
        yield ""
    else:
        yield from (f"Each value: {_describe(root, node['additionalProperties'], parts)}.", "")
    yield from _part_examples(part)


def _part_examples(part: Part) -> Iterator[str]:
    """Write the examples of a part below its key, those of a list as one list; the first of all stands above."""
    name = part.path.rpartition(".")[2]
    examples = part.schema.get("examples", [])
    if part.path == "spec":
        examples = examples[1:]
    if name.endswith("[]") and examples:
        yield from _example({name.removesuffix("[]"): examples})
        return
    for example in examples:
        yield from _example({name: example})


def _list_rules(node: Schema, key: str) -> Iterator[str]:
    """List what a schema says of a key beside others."""
    others = node.get("dependentRequired", {}).get(key, ())
    if others:
        yield f"Takes {', '.join(f'`{other}`' for other in others)}."
    for condition in node.get("dependentSchemas", {}).values():
        rule = condition.get("properties", {}).get(key, {})
        if "not" in rule:
            yield f"It {rule['description']}."


def _describe(root: Schema, node: Schema, parts: Mapping[str, Part]) -> str:
    """Say in words which values a schema takes; a mapping with a section of its own is a link to it."""
    part = parts.get(_key(node))
    node = resolve(root, node)
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    if "enum" in node:
        return " or ".join(f"`{value}`" for value in node["enum"])
    words = []
    for name in node["type"] if isinstance(node["type"], list) else [node["type"]]:
        if name == "array":
            words.append(f"list of {_describe(root, node['items'], parts)}")
        elif name == "object":
            words.append("mapping" if part is None else f"[mapping](#{_anchor(part.path)})")
        else:
            words.append(_WORDS[name] + _describe_range(node))
    return " or ".join(words)


_WORDS = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`", "string": "text"}


def _describe_range(node: Schema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is None and high is None:
        return ""
    return f", {low} to {high}" if high is not None else f", {low} or more"


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-")


def _default(node: Schema) -> str:
    if "default" not in node or node["default"] in ({}, []):
        return ""
    value = node["default"]
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _example(value: object) -> Iterator[str]:
    text = yaml.dump(value, sort_keys=False, width=100, allow_unicode=True, default_flow_style=None).rstrip()
    yield from ("```yaml", text, "```", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# Commands


def write_commands() -> str:
    """Write the page of the commands."""
    context = click.Context(cli, info_name="ftspec")
    lines = ["# Commands", "", *_help_lines(cli), "## Common options", ""]
    lines += ["Every command has them, before or after its name.", ""]
    lines += _option_lines(each for each in cli.params if each.name in COMMON_NAMES)
    for command in _list_commands(cli, context):
        lines += _command_lines(*command)
    return "\n".join(lines).rstrip() + "\n"


def _list_commands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """List the commands of a group and of the groups in it, by name."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _list_commands(command, inner)
        else:
            yield command, inner


def _command_lines(command: click.Command, context: click.Context) -> Iterator[str]:
    pieces = " ".join(piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]")
    yield from (f"## {context.command_path}", "")
    yield from ("```text", f"{context.command_path} [OPTIONS] {pieces}".rstrip(), "```", "")
    yield from _help_lines(command)
    yield from _option_lines(each for each in command.params if each.name not in COMMON_NAMES)


def _help_lines(command: click.Command) -> Iterator[str]:
    for block in "\n\n".join(filter(None, (command.help, command.epilog))).split("\n\n"):
        if block.startswith("\b\n"):  # click's mark for a paragraph whose lines stay as they are
            yield from ("```text", block.removeprefix("\b\n").rstrip(), "```", "")
        else:
            yield from (" ".join(block.split()), "")


def _option_lines(parameters: Iterable[click.Parameter]) -> Iterator[str]:
    options = [each for each in parameters if isinstance(each, click.Option)]
    if not options:
        return
    yield from ("| option | does |", "|---|---|")
    for option in options:
        extra = [f"default {option.default}"] if option.show_default else []
        behind = f" ({', '.join(extra)})" if extra else ""
        yield f"| {_spell(option)} | {_cell((option.help or '') + behind)} |"
    yield ""


def _spell(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return f"`{names}`"
    if isinstance(option.type, click.Choice):
        return f"`{names}` " + ", ".join(f"`{choice}`" for choice in option.type.choices)
    return f"`{names} {option.metavar or option.type.name.upper().split()[0]}`"


def main() -> None:
    """Write the pages."""
    for path, text in write_pages().items():
        target = DOCS / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
