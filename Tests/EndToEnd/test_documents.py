"""What the documents tell a new user to type works as pasted, in the repository's root, with an empty home."""

import ast
import importlib.util
import pathlib
import re
import subprocess

import pytest
from support import telemetry
from support.documents import CleanPlace, blocks, repository_files, with_ports
from support.server import ROOT

# Its programs run with the libraries that it is about: `make test-clients`.
TESTED_WITH_CLIENTS = "docs/integrations.md"
FOLDERS = ("docs/*.md", "docs/sdk/*.md", "examples/*/README.md")
GUIDES = ["README.md"] + sorted(
    name
    for name in repository_files()
    if name != TESTED_WITH_CLIENTS and any(pathlib.PurePath(name).match(folder) for folder in FOLDERS)
)
# The reference is made from the docstrings, and tested with them.
GENERATED = {"docs/sdk/python-reference.md"}
SHELL = {"console", "sh", "bash", "shell"}


def runnable(name: str) -> list:
    return [block for block in blocks(ROOT / name) if block.language in SHELL and block.reason is None]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return CleanPlace(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def venv(place, server):
    """An environment as a reader makes one, with the SDK installed as the guides say."""
    folder = place.home / "venv"
    made = place.run(["bash", "-ec", f"python3 -m venv {folder} && {folder}/bin/pip install ./sdk/python"], server)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize("name", [name for name in GUIDES if runnable(name)])
def test_every_command_block_works_as_pasted(place, venv, server, name):
    request, _ = telemetry.trace_request(3)
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    # One shell for the document, as its reader has: what one block exports or installs, the next may use.
    script = "set -eo pipefail\n"
    for block in runnable(name):
        script += f'echo "== {name}:{block.line}" >&2\n{with_ports(block.text, server)}\n'
    if re.search(r"\[(torch|transformers|diffusers)\]", script) and importlib.util.find_spec("diffusers") is None:
        pytest.skip("the libraries of models are not installed (scripts/install-model-libraries.sh)")
    # A guide that makes an environment of its own says so in a block; in the others a reader has one.
    makes_own = "python3 -m venv" in script
    result = place.run(["bash"], server, text=script, venv=None if makes_own else venv)
    assert result.returncode == 0, f"{result.stderr[-3000:]}\n{result.stdout[-2000:]}"


def test_the_readme_shows_what_its_programs_sent(place, server):
    services = {service["name"] for service in server.data("/api/v1/services")}
    assert "chat-example" in services


def test_the_python_block_of_the_readme_is_a_program(place, venv, server):
    (block,) = [block for block in blocks(ROOT / "README.md") if block.language == "python"]
    result = place.run([str(venv / "bin/python")], server, text=with_ports(block.text, server), venv=venv)
    assert (result.returncode, result.stderr) == (0, "")
    (span,) = server.data("/api/v1/spans", service="chat")
    assert span["gen_ai"]["output_tokens"] == 5


def test_the_swift_block_of_the_readme_is_taken_from_the_example():
    source = (ROOT / "examples/swift/Sources/chat/Chat.swift").read_text()
    (block,) = [block for block in blocks(ROOT / "README.md") if block.language == "swift"]
    for line in block.text.splitlines():
        assert line.strip() == "..." or line in source, line


@pytest.mark.parametrize("name", [name for name in GUIDES if name not in GENERATED])
def test_python_blocks_are_python(name):
    for block in blocks(ROOT / name):
        if block.language == "python":
            compile(block.text, f"{name}:{block.line}", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", GUIDES)
def test_a_block_that_is_not_run_is_a_shell_block_and_says_why(name):
    for block in blocks(ROOT / name):
        if block.reason is not None:
            assert block.language in SHELL, f"{name}:{block.line}"
            assert len(block.reason) > 10, f"{name}:{block.line}"


def test_an_installed_program_and_a_link_to_it_find_the_engine(place, server, tmp_path):
    prefix = tmp_path / "prefix"
    installed = subprocess.run([ROOT / "scripts/install.sh", prefix], capture_output=True, text=True, timeout=300)
    assert installed.returncode == 0, installed.stderr
    link = tmp_path / "linked"
    link.symlink_to(prefix / "bin/axonize")
    for program in (prefix / "bin/axonize", link):
        result = place.run([str(program), "doctor", "--json"], server)
        assert f'"{prefix}/lib/axonize/chdb/' in result.stdout, result.stdout + result.stderr


def test_a_copy_without_the_engine_says_what_to_do(place, server, tmp_path):
    copy = tmp_path / "folder/bin/axonize"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((place.shims / "axonize").read_bytes())
    copy.chmod(0o755)
    result = place.run([str(copy), "doctor"], server)
    if "/lib/axonize" in result.stdout and "not found" not in result.stdout:
        pytest.skip("this machine has an engine in a place of the system")
    assert result.returncode == 1
    assert "make install PREFIX=" in result.stdout
