#!/usr/bin/env python3
"""Checks every Markdown file of the repository: exactly one title, and no relative link that leads nowhere."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def problems(path: pathlib.Path) -> list[str]:
    """What is wrong with one file, in sentences that name it."""
    found = []
    titles = 0
    in_code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            in_code = not in_code
        if in_code:
            continue
        if line.startswith("# "):
            titles += 1
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            if not (path.parent / target.split("#")[0]).exists():
                found.append(f"{path.relative_to(ROOT)}:{number}: the link to {target} leads nowhere")
    if titles != 1:
        found.append(f"{path.relative_to(ROOT)}: {titles} titles ('# …'), want exactly one")
    return found


def main() -> int:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = [problem for name in listing.split() for problem in problems(ROOT / name)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
