"""Spans in memory, libraries put back, and no warning that a test does not expect."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import axonize
from axonize import _warn
from axonize.testing import Recorder, record
from tests.integrations.stand_in import StandIn


@pytest.fixture
def spans() -> Iterator[Recorder]:
    with record(fixed_clock=True) as recorder:
        yield recorder


@pytest.fixture
def content_spans() -> Iterator[Recorder]:
    with record(fixed_clock=True, capture_content=True) as recorder:
        yield recorder


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the package warned of; to be asked by tests that expect it to."""
    asked: list[bool] = []

    def messages() -> list[str]:
        asked.append(True)
        return [item.getMessage() for item in caplog.records if item.name == "axonize"]

    messages.asked = asked  # type: ignore[attr-defined]
    return messages


@pytest.fixture(autouse=True)
def instrumented(warnings: Any, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Integrations hide their own failures from the program; here none may happen unseen."""
    _warn._given.clear()
    with caplog.at_level(logging.WARNING, logger="axonize"):
        yield
        axonize.uninstrument()
        assert warnings.asked or not warnings()


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def client(server: StandIn) -> Iterator[Any]:
    openai = pytest.importorskip("openai")
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as made:
        yield made
