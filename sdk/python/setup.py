"""Builds ``axonize._native`` where a Swift toolchain is at hand; elsewhere the package works in pure Python.

The extension is C for CPython's types over the core in ``Sources/SDK/AxonizeCore``, Swift of pointers only. Compiled
with ``-O -wmo`` it needs no symbol of Swift's run-time, which the build checks, so that clang links it against libc
alone. The limited API of CPython 3.10 makes one build serve every later version.

Environment:
  AXONIZE_BUILD      ``native``: fail without a toolchain; ``pure``: do not look for one. Default: native if possible.
  AXONIZE_SWIFTC     the Swift compiler. Default: ``swiftc`` on the path.
  AXONIZE_SANITIZE   ``address``: build with the address sanitizer, for tests of the extension itself; run them with
                     the sanitizer's library preloaded and ``PYTHONMALLOC=malloc``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
# In a source distribution the core lies beside the C files, in the repository where every Swift target does.
CORE = next((path for path in (HERE / "native/core", HERE.parent.parent / "Sources") if path.is_dir()), None)
NAMES = {"swift": "SDK/AxonizeCore", "include": "C/CAxonizeCore/include"}

SWIFT_OPTIONS = [
    "-swift-version", "6", "-O", "-wmo", "-parse-as-library", "-warnings-as-errors", "-module-name", "AxonizeCore",
    "-enable-upcoming-feature", "ExistentialAny",
    "-enable-upcoming-feature", "InternalImportsByDefault",
    "-enable-upcoming-feature", "MemberImportVisibility",
]  # fmt: skip
C_OPTIONS = [
    "-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections",
    "-fno-semantic-interposition", "-fno-plt", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
    "-Wno-cast-function-type", "-Wno-nullability-completeness",
]  # fmt: skip
LINK_OPTIONS = ["-shared", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,--gc-sections", "-Wl,--as-needed"]


def toolchain() -> tuple[str, str] | None:
    """The Swift compiler and the clang beside it; None when there is none or none is wanted."""
    wanted = os.environ.get("AXONIZE_BUILD", "")
    if wanted == "pure":
        return None
    reason = None
    swiftc = os.environ.get("AXONIZE_SWIFTC") or shutil.which("swiftc")
    if sys.platform != "linux":
        reason = f"the native core is for Linux, this is {sys.platform}"
    elif sys.implementation.name != "cpython":
        reason = f"the native core is for CPython, this is {sys.implementation.name}"
    elif sysconfig.get_config_var("Py_GIL_DISABLED"):
        reason = "a free-threaded CPython cannot load an extension of the limited API"
    elif swiftc is None:
        reason = "no Swift compiler on the path (https://www.swift.org/install)"
    elif CORE is None:
        reason = "the sources of the core are not beside this package"
    if reason is None:
        clang = Path(swiftc).resolve().with_name("clang")
        return swiftc, str(clang) if clang.exists() else "clang"
    if wanted == "native":
        raise SystemExit(f"axonize: cannot build the native core: {reason}")
    print(f"axonize: building without the native core: {reason}; spans cost about twice as much", file=sys.stderr)
    return None


class BuildNative(build_ext):
    """Compiles the core with swiftc and everything else with clang."""

    def build_extension(self, ext: Extension) -> None:
        """Build the one extension."""
        swiftc, clang = self.compilers
        assert CORE is not None
        temporary = Path(self.build_temp) / "axonize-native"
        temporary.mkdir(parents=True, exist_ok=True)
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        include = CORE / NAMES["include"]
        core = temporary / "core.o"
        sources = sorted(str(path) for path in (CORE / NAMES["swift"]).glob("*.swift"))
        sanitize = os.environ.get("AXONIZE_SANITIZE", "")
        swift_options = [*SWIFT_OPTIONS, f"-sanitize={sanitize}"] if sanitize else SWIFT_OPTIONS
        run(swiftc, *swift_options, "-emit-object", "-I", str(include), *sources, "-o", str(core))
        check_symbols(core)
        objects = [str(core)]
        for source in sorted((HERE / "native").glob("*.c")):
            objects.append(str(temporary / f"{source.stem}.o"))
            options = [*C_OPTIONS, "-I", str(include), "-I", sysconfig.get_path("include")]
            if sanitize:
                options += [f"-fsanitize={sanitize}", "-g", "-fno-omit-frame-pointer", "-DAXONIZE_FREE_MAX=0"]
            run(clang, *options, "-c", str(source), "-o", objects[-1])
        link = [*LINK_OPTIONS, f"-Wl,--version-script={HERE / 'native/exports.map'}"]
        link += [f"-fsanitize={sanitize}", "-shared-libsan"] if sanitize else ["-Wl,--strip-all"]
        run(clang, *link, *objects, "-o", str(target))

    compilers = ("", "")


def run(*command: str) -> None:
    """Run a command and show it when it fails."""
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise SystemExit(f"axonize: {' '.join(command)}\n{result.stdout}")


def check_symbols(core: Path) -> None:
    """Fail when the core needs Swift's run-time, which the extension is linked without."""
    listing = subprocess.run(["nm", "-u", str(core)], text=True, capture_output=True)
    if listing.returncode != 0:
        raise SystemExit(f"axonize: nm failed: {listing.stderr}")
    found = [name for name in listing.stdout.split() if re.match(r"_?swift_|\$s", name)]
    if found:
        raise SystemExit(f"axonize: the core must not need Swift's run-time, but it needs {', '.join(found)}")


class SourceDistribution(sdist):
    """Adds the core, whose sources are outside of the package's folder."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Copy the core below ``native/core``."""
        super().make_release_tree(base_dir, files)
        if CORE is None:
            return
        for name in NAMES.values():
            shutil.copytree(CORE / name, Path(base_dir) / "native/core" / name, dirs_exist_ok=True)


def main() -> None:
    """Set up the package, with the extension where it can be built."""
    commands = {"build_ext": BuildNative, "sdist": SourceDistribution}
    found = toolchain()
    if found is None:
        setup(cmdclass=commands)
        return
    BuildNative.compilers = found
    native = HERE / "native"
    sources = sorted(str(path.relative_to(HERE)) for path in native.glob("*.c"))
    setup(
        ext_modules=[Extension("axonize._native", sources=sources, py_limited_api=True)],
        cmdclass=commands,
        options={"bdist_wheel": {"py_limited_api": "cp310"}},
    )


main()
