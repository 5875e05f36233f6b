"""The reference in docs/ is what the docstrings say."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "reference.py"


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="signatures are written a little differently by each version"
)
def test_reference_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
