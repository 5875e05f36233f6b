#!/usr/bin/env python3
"""Check what a wheel of the Python SDK needs: tag, symbol versions, exported names, size.

Usage: check-wheel.py WHEEL
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

GLIBC_MAX = (2, 17)
SIZE_MAX = 256 * 1024


def nm(*arguments: str) -> list[str]:
    """Run nm and return its lines."""
    return subprocess.run(["nm", *arguments], check=True, text=True, capture_output=True).stdout.splitlines()


def problems(wheel: Path) -> list[str]:
    """Everything that is wrong with the wheel."""
    found: list[str] = []
    if not re.search(r"-cp310-abi3-manylinux2014_\w+\.|-cp310-abi3-.*manylinux_2_17_\w+", wheel.name):
        found.append(f"{wheel.name}: not a cp310-abi3 wheel of manylinux2014")
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        names = [name for name in archive.namelist() if ".so" in name]
        if names != ["axonize/_native.abi3.so"]:
            return [*found, f"{wheel.name}: shared objects are {names}"]
        for name in ("axonize/__init__.py", "axonize/_pure/__init__.py", "axonize/py.typed"):
            if name not in archive.namelist():
                found.append(f"{wheel.name}: {name} is missing")
        library = Path(archive.extract(names[0], folder))
        if library.stat().st_size > SIZE_MAX:
            found.append(f"the extension has {library.stat().st_size} bytes, at most {SIZE_MAX}")
        for line in nm("-D", "--undefined-only", str(library)):
            symbol = line.split()[-1]
            if re.match(r"_?swift_|\$s", symbol):
                found.append(f"needs Swift's run-time: {symbol}")
            version = re.search(r"@GLIBC_(\d+)\.(\d+)", symbol)
            if version and (int(version[1]), int(version[2])) > GLIBC_MAX:
                found.append(f"needs a newer C library than manylinux2014 has: {symbol}")
        exported = [line.split()[-1] for line in nm("-D", "--defined-only", str(library))]
        if exported != ["PyInit__native"]:
            found.append(f"exports {exported}, not PyInit__native alone")
    return found


def main() -> int:
    """Print the problems of the wheel named on the command line."""
    found = problems(Path(sys.argv[1]))
    for problem in found:
        print(f"check-wheel: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
