"""The programs of examples/integrations, as a user runs them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations import openai_answers, test_ollama
from tests.integrations.stand_in import StandIn
from tests.receiver import Receiver

FOLDER = Path(__file__).resolve().parents[4] / "examples/integrations"
REASON = "run scripts/install-model-libraries.sh for the tests with real models"
# vLLM is not installed here: its stand-in is put in its place before the program starts.
WITH_STAND_IN = """
import runpy, sys
from tests.integrations import vllm_stand_in
sys.modules.update(vllm_stand_in.modules())
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def run(program: str, receiver: Receiver, *before: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *(before or ()), str(FOLDER / program)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "AXONIZE_ENDPOINT": f"http://127.0.0.1:{receiver.port}", **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_run_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for program in FOLDER.glob("*.py"):
        assert f'"{program.name}"' in text, program


def test_openai(server: StandIn, receiver: Receiver) -> None:
    pytest.importorskip("openai")
    server.events(openai_answers.CHAT, openai_answers.STREAM)
    out = run("openai_chat.py", receiver, OPENAI_BASE_URL=f"{server.url}/v1", OPENAI_API_KEY="k", NO_PROXY="*")
    assert out == "Because.\n"
    assert sorted(receiver.names) == ["chat gpt-4o-mini"]


def test_ollama_chat(server: StandIn, receiver: Receiver) -> None:
    server.lines("/api/chat", test_ollama.STREAM)
    assert run("ollama_chat.py", receiver, OLLAMA_HOST=server.url, NO_PROXY="*") == "Because.\n"
    assert sorted(receiver.names) == ["chat llama3.2"]


def test_fastapi(receiver: Receiver) -> None:
    pytest.importorskip("fastapi")
    assert "Forty-two" in run("fastapi_app.py", receiver)
    assert sorted(receiver.names) == ["GET /answers/{question}", "look it up"]


def test_transformers(receiver: Receiver) -> None:
    pytest.importorskip("transformers", reason=REASON)
    assert run("transformers_generate.py", receiver).startswith("11 12 13 ")
    assert sorted(receiver.names) == ["text_completion GPT2LMHeadModel"]


def test_torch(receiver: Receiver) -> None:
    pytest.importorskip("torch", reason=REASON)
    run("torch_module.py", receiver)
    assert sorted(receiver.names) == ["rank", "ranker", "ranker.0"]


def test_diffusers(receiver: Receiver) -> None:
    pytest.importorskip("diffusers", reason=REASON)
    assert run("diffusers_image.py", receiver) == "(16, 16, 3)\n"
    assert sorted(receiver.names) == ["decode", *["denoising step"] * 5, "generate_content StableDiffusionPipeline"]


def test_vllm(receiver: Receiver) -> None:
    assert run("vllm_offline.py", receiver, "-c", WITH_STAND_IN).count("because") == 6
    assert sorted(receiver.names) == ["LLM.generate Qwen/Qwen3-0.6B", *["text_completion Qwen/Qwen3-0.6B"] * 2]
