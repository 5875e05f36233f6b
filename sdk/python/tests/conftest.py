"""What all tests share."""

import importlib
from types import ModuleType

import pytest


def _present() -> list[str]:
    names = ["pure"]
    try:
        importlib.import_module("axonize._native")
    except ImportError:
        # Not built here: the suite then covers the core in Python.
        return names
    return [*names, "native"]


CORES = _present()


def pytest_report_header() -> str:
    return f"axonize: cores under test: {', '.join(CORES)}"


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(f"axonize._{request.param}")
