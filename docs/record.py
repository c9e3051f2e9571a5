"""Record the terminal session that the README shows, as docs/session.svg.

`python docs/record.py` runs real commands on the embedded Snowflake, in colour, in a folder that is removed afterwards.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text

TARGET = Path(__file__).resolve().parent / "session.svg"
WIDTH = 96
COMMANDS = (
    "ftspec init my_project",
    "cd my_project",
    "ftspec plan --quiet",
    "ftspec apply --auto-approve --quiet",
    'ftspec ask my_model "Do you take cards?"',
    "sed -i.bak 's/max_epochs: 3/max_epochs: 20/' models.yaml",
    "ftspec plan",
)
# Fonts are those of whoever looks: nothing is fetched.
LEFT_OUT = re.compile(r"@font-face \{\{.*?\}\}\s*|<!--.*?-->\s*", re.DOTALL)
FORMAT = LEFT_OUT.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "ui-monospace")


def record(folder: Path) -> Console:
    """Run the commands, and give a console that shows them and what they print."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor")
    environment = {
        **os.environ,
        "FORCE_COLOR": "1",
        "TTY_INTERACTIVE": "0",
        "COLUMNS": str(WIDTH),
        "TERM": "xterm-256color",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("NO_COLOR", None)
    for command in COMMANDS:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")), soft_wrap=True)
        if command.startswith("cd "):
            folder /= shlex.split(command)[1]
            continue
        done = subprocess.run(  # noqa: S603 - the commands above
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.stdout:
            console.print(Text.from_ansi(done.stdout.rstrip("\n")))
    return console


def main() -> None:
    """Record the session."""
    with tempfile.TemporaryDirectory() as folder:
        console = record(Path(folder))
    svg = console.export_svg(title="ftspec", code_format=FORMAT, unique_id="ftspec")
    TARGET.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
