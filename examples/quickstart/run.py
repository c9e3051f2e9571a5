"""Run the quickstart: plan, apply, ask the model, and plan again to see that nothing is left to do."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
COMMANDS = (
    ["plan"],
    ["apply", "--auto-approve"],
    ["ask", "my_super_llama", "What does math.gcd do?"],
    ["status"],
    ["plan", "--detailed-exitcode"],
)


def main() -> int:
    """Run each command as a user would, and stop at the first that fails."""
    for arguments in COMMANDS:
        print(f"\n$ ftspec -C examples/quickstart {shlex.join(arguments)}", flush=True)
        code = subprocess.run([sys.executable, "-m", "ftspec", "-C", str(FOLDER), *arguments], check=False).returncode
        if code != 0:
            print(f"ftspec ended with exit code {code}", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
