"""Runs the program of a library in the library's own Python environment."""

import os
import pathlib
import subprocess

from .clients import Client

FOLDER = pathlib.Path(__file__).resolve().parents[1]
ROOT = FOLDER.parents[1]
ENVIRONMENTS = pathlib.Path(os.environ.get("AXONIZE_CLIENTS", ROOT / ".deps/clients"))
SECONDS_MAX = 180

# Libraries that report home unless told not to.
OPT_OUT = {
    "DO_NOT_TRACK": "1",
    "TRACELOOP_TELEMETRY": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "CREWAI_DISABLE_TELEMETRY": "true",
    "LITELLM_TELEMETRY": "False",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "ANONYMIZED_TELEMETRY": "False",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OPENAI_AGENTS_DISABLE_TRACING": "0",
}


def python_of(group: str) -> pathlib.Path:
    # Axonize's SDK is where its own tests have it.
    folder = ROOT / ".venv" if group == "sdk" else ENVIRONMENTS / group
    return folder / "bin/python"


def environment(client: Client, *, provider: str, endpoint: str, key: str, home: pathlib.Path) -> dict[str, str]:
    """What every program gets: the stand-in as each provider, the tap as OTLP endpoint, and no way out."""
    # Nothing listens on the discard port: a library that minds proxies and forgets NO_PROXY fails here.
    closed = "http://127.0.0.1:9"
    variables = {
        **OPT_OUT,
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{FOLDER / 'guard'}:{FOLDER / 'programs'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        **dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"], closed),
        **dict.fromkeys(["NO_PROXY", "no_proxy"], "127.0.0.1,localhost"),
        "AXONIZE_TEST_REFUSED": str(home / "refused"),
        "OPENAI_BASE_URL": f"{provider}/v1",
        "OPENAI_API_BASE": f"{provider}/v1",
        "OPENAI_API_KEY": "sk-test",
        "ANTHROPIC_BASE_URL": provider,
        "ANTHROPIC_API_KEY": "sk-test",
        "GOOGLE_GEMINI_BASE_URL": provider,
        "GOOGLE_API_KEY": "test",
        "OLLAMA_HOST": provider,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {key}",
        "OTEL_SERVICE_NAME": client.program,
    }
    if any("{endpoint}" in value for value in client.variables.values()):
        # A vendor's own variables stand in for OpenTelemetry's.
        variables = {name: value for name, value in variables.items() if not name.startswith("OTEL_EXPORTER_")}
    for name, value in client.variables.items():
        variables[name] = value.format(endpoint=endpoint, key=key)
    return variables


def run(client: Client, variables: dict[str, str], folder: pathlib.Path) -> str:
    """Runs a client's program and returns what it printed, errors included."""
    python = python_of(client.group)
    launcher = [python.with_name(client.launcher)] if client.launcher else []
    result = subprocess.run(
        [*launcher, python, "-W", "ignore", FOLDER / "programs" / f"{client.program}.py"],
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert result.returncode == 0, f"{client.program} ended with {result.returncode}:\n{result.stdout[-6000:]}"
    return result.stdout
