#!/usr/bin/env python3
"""Checks every Markdown file of the repository.

Each has exactly one title, no relative link that leads nowhere, no word that the glossary of CONTRIBUTING.md replaces,
and no command that does not exist: a `make` target, a script of `scripts/`, a command of `axonize`.

`check-docs.py --self-test` shows that each check finds what it is for.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")

# What to write instead, by what is written. Only words whose other meanings do not occur in these documents.
GLOSSARY = [
    (re.compile(r"\bfigures?\b", re.I), "statistics, metrics, numbers, or a picture's own name"),
    (re.compile(r"\bpacked\b", re.I), "compressed"),
    (re.compile(r"\b(?:is|are|was|were) told\b"), "say who reports it, or use 'is reported'"),
    (re.compile(r"\btells (?:nothing|no |the tokens|tokens|it)\b"), "reports, shows, says"),
    (re.compile(r"(?<!there )\b(?:is|are) no (?!longer|more|less|other|further|need)[a-z]+"), "is not a …, has no …"),
    (re.compile(r"\bis none of\b"), "is not one of"),
]
# The glossary itself, and pages made of texts of the sources, which `make docs` does not write.
GLOSSARY_EXCEPT = {"CONTRIBUTING.md", "docs/sdk/python-reference.md"}


class Commands:
    """What the repository offers to type."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M))
        headings = re.findall(r"^## `axonize ([a-z ]+)`", (root / "docs/cli.md").read_text(encoding="utf-8"), re.M)
        self.axonize = {tuple(heading.split()) for heading in headings}

    def problem(self, line: str) -> str | None:
        """What is wrong with a line of a shell, None when nothing is."""
        words = line.removeprefix("$ ").split("#")[0].split()
        while words and ("=" in words[0] or words[0] == "sudo"):
            words.pop(0)
        if not words:
            return None
        target = words[1] if len(words) > 1 else ""
        if words[0] == "make" and re.fullmatch(r"[a-z-]+", target) and target not in self.targets:
            return f"there is no target 'make {target}'"
        script = words[0].removeprefix("./")
        if script.startswith("scripts/") and not (self.root / script).exists():
            return f"there is no {script}"
        if words[0].split("/")[-1] == "axonize":
            names = tuple(word for word in words[1:3] if re.fullmatch(r"[a-z]+", word))
            is_known = not names or any(names[: len(name)] == name for name in self.axonize)
            return None if is_known else f"there is no command 'axonize {' '.join(names)}'"
        return None


def problems(name: str, text: str, commands: Commands) -> list[str]:
    """What is wrong with one file, in sentences that name the place."""
    found = []
    titles = 0
    fence = None
    for number, line in enumerate(text.splitlines(), start=1):
        place = f"{name}:{number}"
        if line.lstrip().startswith("```"):
            fence = line.strip("` ") if fence is None else None
            continue
        if fence is not None:
            if fence in ("console", "sh") and (problem := commands.problem(line.strip())):
                found.append(f"{place}: {problem}")
            continue
        if line.startswith("# "):
            titles += 1
        prose = re.sub(r"`[^`]*`", "", line)
        for target in LINK.findall(prose):
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            if not (commands.root / name).parent.joinpath(target.split("#")[0]).exists():
                found.append(f"{place}: the link to {target} leads nowhere")
        if name not in GLOSSARY_EXCEPT:
            found += [
                f"{place}: '{match.group()}': write {instead} (CONTRIBUTING.md, Words)"
                for pattern, instead in GLOSSARY
                for match in pattern.finditer(prose)
            ]
    if titles != 1:
        found.append(f"{name}: {titles} titles ('# …'), want exactly one")
    return found


def self_test(commands: Commands) -> list[str]:
    """Samples in which a check finds too much or too little."""
    samples = {
        "# A\n[b](README.md) `is no b` is no longer 3": 0,
        "# A\n```console\nmake test  # all\naxonize traces --since 1h\nscripts/test.sh\nA=1 axonize --help\n```": 0,
        "A": 1,
        "# A\n# B": 1,
        "# A\n[b](nowhere.md)": 1,
        "# A\nThe figures are packed.": 2,
        "# A\nIt is no error, and is told.": 2,
        "# A\n```console\n$ make nonsense\naxonize nonsense\nscripts/nonsense.sh\naxonize keys nonsense\n```": 4,
    }
    return [
        f"self-test: {sample!r} has {count} problems, found {len(found)}: {found}"
        for sample, count in samples.items()
        if len(found := problems("sample.md", sample, commands)) != count
    ]


def main() -> int:
    commands = Commands(ROOT)
    found = self_test(commands)
    if sys.argv[1:] != ["--self-test"]:
        listing = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for name in listing.split():
            if (ROOT / name).exists():
                found += problems(name, (ROOT / name).read_text(encoding="utf-8"), commands)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
