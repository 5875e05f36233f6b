from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.conformance.harness import Harness


@pytest.fixture
def harness(core: ModuleType) -> Iterator[Harness]:
    harness = Harness(core)
    yield harness
    core.set_fixed_ids(0)
    core.set_fixed_clock(0)
    core.shutdown(0.5)
    core.current_variable.set(None)


@pytest.fixture
def started(harness: Harness) -> Harness:
    harness.start()
    return harness
