"""The code blocks of Markdown files, and a clean place to run them in."""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys

from support.server import BINARY, ROOT, clean_environment

FENCE = re.compile(r"^( *)```(\w*)\s*$")
REASON = re.compile(r"^<!-- not run: (.+) -->$")
ADDRESS = re.compile(r"\b(?:127\.0\.0\.1|localhost):(8080|4317|4318)\b")


@dataclasses.dataclass
class Block:
    """A fenced block: its language, its text, and why it cannot be run, if it cannot."""

    line: int
    language: str
    text: str
    reason: str | None


def blocks(path: pathlib.Path) -> list[Block]:
    found = []
    lines = path.read_text(encoding="utf-8").splitlines()
    reason = opened = None
    for number, line in enumerate(lines, start=1):
        fence = FENCE.match(line)
        if opened is None and fence:
            opened = (number, fence[2])
        elif opened is not None and fence:
            start, language = opened
            found.append(Block(start, language, "\n".join(lines[start : number - 1]) + "\n", reason))
            opened = reason = None
        elif opened is None:
            mark = REASON.match(line.strip())
            reason = mark[1] if mark else reason if not line.strip() else None
    assert opened is None, f"{path}: a block is not closed"
    return found


def repository_files() -> list[str]:
    """The files of the repository as they are now, without what git ignores."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


class CleanPlace:
    """A copy of the repository with the built binary, an empty home, and packages from the tests' own environment.

    Nothing is fetched: pip works without an index and finds the packages that the tests have. It builds the SDK with
    its core in Python alone, as where there is no toolchain.
    """

    def __init__(self, folder: pathlib.Path):
        self.root = folder / "axonize"
        self.home = folder / "home"
        self.shims = folder / "bin"
        for made in (self.root / ".build/release", self.home, self.shims):
            made.mkdir(parents=True)
        for name in repository_files():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod((ROOT / name).stat().st_mode)
        (self.root / ".build/release/axonize").symlink_to(BINARY)
        (self.shims / "axonize").symlink_to(BINARY)
        # An answer that is an error is a failure of the block.
        (self.home / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
        self._write_python()

    def _write_python(self):
        """`python3 -m venv` as it is, but quick, and with sight of the tests' packages."""
        (packages,) = [path for path in sys.path if path.endswith("site-packages") and path.startswith(sys.prefix)]
        shim = self.shims / "python3"
        shim.write_text(f"""#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec "{sys.executable}" "$@"
"{sys.executable}" -m venv --without-pip "$3" || exit
"$3/bin/python" - <<'PYTHON'
import pathlib, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "tests.pth").write_text("{packages}\\n")
PYTHON
printf '#!/bin/sh\\nexec "%s/bin/python" -m pip "$@"\\n' "$(cd "$3" && pwd)" > "$3/bin/pip"
chmod +x "$3/bin/pip"
""")
        shim.chmod(0o755)

    def environment(self, server, venv: pathlib.Path | None = None) -> dict[str, str]:
        path = [str(self.shims), "/usr/local/bin", "/usr/bin", "/bin"]
        if venv is not None:
            path.insert(0, str(venv / "bin"))
        return clean_environment(
            {
                "HOME": str(self.home),
                "PATH": os.pathsep.join(path),
                "AXONIZE_SERVER": server.url,
                "AXONIZE_DATA_DIR": str(server.data_dir),
                "OTEL_EXPORTER_OTLP_ENDPOINT": server.grpc_endpoint,
                "AXONIZE_ENDPOINT": server.grpc_endpoint,
                "AXONIZE_BUILD": "pure",
                "PIP_NO_INDEX": "1",
                # pip reads this one the other way round: "0" is without isolation.
                "PIP_NO_BUILD_ISOLATION": "0",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_QUIET": "1",
                "PIP_ROOT_USER_ACTION": "ignore",
            }
        )

    def run(self, words: list[str], server, *, text: str = "", venv=None, seconds: float = 120):
        """Runs a program in the repository's root with a text as standard input."""
        return subprocess.run(
            words,
            input=text,
            cwd=self.root,
            env=self.environment(server, venv),
            capture_output=True,
            text=True,
            timeout=seconds,
        )


def with_ports(text: str, server) -> str:
    """The text with the server's own ports: the machine that runs the tests may have a server at the usual ones."""
    ports = {"8080": server.http_port, "4317": server.grpc_port, "4318": server.otlp_port}
    return ADDRESS.sub(lambda match: f"127.0.0.1:{ports[match[1]]}", text)
