"""The part of docs/integrations.md that follows from the catalogue: what each library fills, and how it is set up."""

import pathlib
import re
import textwrap

from . import expected
from .catalogue import AGENTS, FRAMEWORKS, OPENAI_CLIENTS, OTHER_PROVIDERS
from .clients import Client

FOLDER = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = FOLDER.parents[1] / "docs/integrations.md"
LINE_LENGTH = 118
TABLE, SETUPS = "what is filled", "how each is set up"

COLUMNS = {
    "asked": ["request_model"],
    "answered": ["response_model"],
    "tokens": ["input_tokens", "output_tokens"],
    "cached": ["cached_tokens"],
    "reasoning": ["reasoning_tokens"],
    "first token": ["time_to_first_token_ns"],
    "finish": ["finish_reason"],
    "session, user": ["session_id", "user_id"],
    "error": ["error_type"],
}
GROUPS = {
    "Clients of OpenAI": OPENAI_CLIENTS,
    "Clients of other providers": OTHER_PROVIDERS,
    "Frameworks": FRAMEWORKS,
    "Agents": AGENTS,
}


def versions(client: Client) -> dict[str, str]:
    """The versions that are installed of a client's packages."""
    if not client.packages:
        return {}
    pinned = {}
    for line in (FOLDER / "requirements" / f"{client.group}.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        pinned[name] = version
    return {name: pinned[name] for name in client.packages}


def mark(client: Client, fields: list[str]) -> str:
    """Whether a client fills the fields wherever there is something to tell: yes, partly or not."""
    told = possible = 0
    for case in client.cases:
        for truth, call in zip(expected.truth(case), client.expected(case), strict=True):
            for name in fields:
                if name == "error_type":
                    happened = case.endswith(("429", "500"))
                elif name in ("session_id", "user_id"):
                    happened = True
                else:
                    happened = bool(truth.get(name))
                possible += happened
                told += happened and call[name] is not None
    if not told:
        return "–"
    return "yes" if told == possible else "partly"


def table() -> str:
    lines = ["| library | tested | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
    for group in GROUPS.values():
        for client in group:
            name, version = next(iter(versions(client).items()), ("sdk/python", ""))
            marks = " | ".join(mark(client, fields) for fields in COLUMNS.values())
            lines.append(f"| [{client.title}](#{anchor(client.title)}) | {f'{name} {version}'.strip()} | {marks} |")
    return "\n".join(lines)


def anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def snippet(program: str) -> str:
    """What stands between the marks in a program, without what is only the test's."""
    text = (FOLDER / "programs" / f"{program}.py").read_text()
    found = re.search(r"^# docs:\n(.*?)^# :docs$", text, re.DOTALL | re.MULTILINE)
    lines = [line.replace("  # noqa: F401", "") for line in found.group(1).strip().splitlines()]
    return "\n".join(re.sub(r"\w+_cases\.run_all\(\)", "chat()", line) for line in lines)


def setup(client: Client) -> str:
    text = (FOLDER / "programs" / f"{client.program}.py").read_text()
    packages = ", ".join(f"{name} {version}" for name, version in versions(client).items())
    words = f"{f'Tested with {packages}.' if packages else ''} {client.notes}".strip()
    parts = [f"### {client.title}", textwrap.fill(words, LINE_LENGTH, break_long_words=False, break_on_hyphens=False)]
    if client.variables:
        values = {"endpoint": "http://localhost:4318", "key": "axz_KEY"}
        lines = "\n".join(f"export {name}={value.format(**values)}" for name, value in client.variables.items())
        parts.append(f"```sh\n{lines}\n```")
    if client.launcher:
        return "\n\n".join([*parts, f"```sh\n{client.launcher} python chat.py\n```"])
    code = snippet(client.program)
    if "import opentelemetry_setup" in text and "import opentelemetry_setup" not in code:
        code = f"import opentelemetry_setup\n{code}"
    parts.append(f"```python\n{code}\n```")
    return "\n\n".join(parts)


def setups() -> str:
    sections = []
    for title, clients in GROUPS.items():
        sections += [f"## {title}", *(setup(client) for client in clients)]
    return "\n\n".join(sections)


def common_setup() -> str:
    text = (FOLDER / "programs/opentelemetry_setup.py").read_text()
    return "```python\n" + text.strip() + "\n```"


def generated(document: str) -> str:
    """The document with its generated parts written anew."""
    for name, text in {TABLE: table(), "common setup": common_setup(), SETUPS: setups()}.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = document.partition(begin)
        _, _, after = rest.partition(end)
        assert rest and after, f"docs/integrations.md has no place for {name}"
        document = f"{before}{begin}\n{text}\n{end}{after}"
    return document
