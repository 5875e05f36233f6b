"""The first programs of the guides work as they are pasted."""

import pathlib
import re

import pytest

from tests.api.test_init import run
from tests.receiver import Receiver

ROOT = pathlib.Path(__file__).parents[4]


@pytest.mark.parametrize("path", ["docs/sdk/python.md", "sdk/python/README.md"])
def test_the_first_program(path: str) -> None:
    program = re.findall(r"```python\n(.*?)```", (ROOT / path).read_text(), re.DOTALL)[0]
    receiver = Receiver()
    try:
        pasted = program.replace("http://localhost:4317", f"http://127.0.0.1:{receiver.port}")
        assert pasted != program
        assert run(pasted) == ("", "")
    finally:
        receiver.close()
    assert "answer" in receiver.names
    assert len({span.trace_id for span in receiver.spans}) == 1
