"""The pytest plugin: the fixture ``axonize_spans``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from axonize.testing._recorder import Recorder


@pytest.fixture
def axonize_spans() -> Iterator[Recorder]:
    """The spans that end within the test, in memory."""
    # Here, so that runs of tests that do not use it do not load it.
    from axonize.testing._recorder import record

    with record() as recorder:
        yield recorder
