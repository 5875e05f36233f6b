"""The one call: which libraries, when, and what it leaves alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import axonize
from axonize.testing import record

LIBRARY = """
class Client:
    def chat(self):
        return 1
"""


def run(script: str, folder: Path) -> str:
    """Run a program in a process of its own: what is imported there is part of the test."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])},
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_unknown_names_and_options() -> None:
    with pytest.raises(ValueError, match="openai, ollama, fastapi, transformers, diffusers, vllm"):
        axonize.instrument("openia")
    with pytest.raises(ValueError, match="openai"):
        axonize.uninstrument("openia")
    with pytest.raises(ValueError, match="trace_module"):
        axonize.instrument("torch")
    with pytest.raises(TypeError, match="propagat"):
        axonize.instrument("openai", propagat=True)
    with pytest.raises(TypeError, match="provider"):
        axonize.instrument(provider="vllm")


def test_idempotent() -> None:
    pytest.importorskip("ollama")
    assert axonize.instrument("ollama") == axonize.instrument("ollama") == ["ollama"]
    assert axonize.uninstrument("ollama") == ["ollama"]
    assert axonize.uninstrument("ollama") == []


def test_nothing_is_imported_before_its_user_does(tmp_path: Path) -> None:
    for name in ("openai", "ollama", "fastapi", "vllm", "diffusers", "transformers"):
        (tmp_path / f"{name}.py").write_text(LIBRARY)
    assert not run(
        """
import sys
import axonize
assert not [name for name in sys.modules if name.startswith("axonize.integrations")]
done = axonize.instrument()
assert done == ["openai", "ollama", "fastapi", "transformers", "diffusers", "vllm"], done
for name in done:
    assert name not in sys.modules, name
    assert f"axonize.integrations.{name}" not in sys.modules, name
assert axonize.uninstrument() == done
""",
        tmp_path,
    )


def test_instrumented_on_import_before_init(tmp_path: Path) -> None:
    pytest.importorskip("ollama")
    assert not run(
        """
import sys
import axonize
from axonize.testing import record
axonize.instrument("ollama")
assert "ollama" not in sys.modules
import ollama
assert type(ollama.__loader__).__module__ == "_frozen_importlib_external", ollama.__loader__
assert ollama.__spec__.loader is ollama.__loader__
with record() as spans:
    try:
        ollama.Client("http://127.0.0.1:9").chat("m", [])
    except ConnectionError:
        pass
assert spans.names() == ["chat m"]
assert spans.one("chat m").attributes["error.type"] == "ConnectionError"
""",
        tmp_path,
    )


def test_a_library_of_another_shape_is_warned_of_once_and_works(tmp_path: Path) -> None:
    (tmp_path / "openai.py").write_text(LIBRARY)
    warned = run(
        """
import axonize
assert axonize.instrument("openai") == ["openai"]
import openai
assert openai.Client().chat() == 1
assert axonize.instrument("openai") == []
assert openai.Client.chat(None) == 1
""",
        tmp_path,
    )
    assert warned.count("openai is not instrumented") == 1
    assert len(warned.splitlines()) == 1


def test_a_library_that_is_not_there_is_warned_of_only_if_named(tmp_path: Path) -> None:
    warned = run(
        """
import importlib.util
import axonize
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "vllm" else found(name, package)
assert "vllm" not in axonize.instrument()
assert axonize.instrument("vllm") == []
""",
        tmp_path,
    )
    assert warned.splitlines() == ["axonize: 'vllm' is not installed, so it is not instrumented"]


def test_an_import_that_fails_fails_as_without(tmp_path: Path) -> None:
    (tmp_path / "ollama.py").write_text("raise RuntimeError('broken')\n")
    assert not run(
        """
import axonize
axonize.instrument("ollama")
for _ in range(2):
    try:
        import ollama
    except RuntimeError as error:
        assert str(error) == "broken"
    else:
        raise AssertionError
""",
        tmp_path,
    )


def test_what_somebody_else_wrapped_since_stays() -> None:
    ollama = pytest.importorskip("ollama")
    before = vars(ollama.Client)["_request"]
    axonize.instrument("ollama")
    ours = vars(ollama.Client)["_request"]
    theirs = lambda self, *args, **kwargs: ours(self, *args, **kwargs)  # noqa: E731
    ollama.Client._request = theirs
    try:
        axonize.uninstrument("ollama")
        assert vars(ollama.Client)["_request"] is theirs
        client = ollama.Client("http://127.0.0.1:9")
        with record() as spans, pytest.raises(ConnectionError):
            client.chat("m", [])
        client._client.close()
        assert not len(spans)
    finally:
        ollama.Client._request = before
