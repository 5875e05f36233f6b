#!/usr/bin/env bash
# Installs what Axonize needs on Debian: packages, the analytics engine and, for tests, a Python environment.
#
# Safe to run again at any time: each step looks first whether its result is there and matches its inputs, so a run
# with nothing to do takes well under a second. Packages come from apt (as root, or through sudo), everything else
# stays below .deps/ and .venv/ in the repository.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: scripts/setup.sh [--for build|test|bench|clients|slurm|vllm]

  --for build   what the release binary needs (default)
  --for test    also what `make test` needs
  --for bench   also what `make bench` needs
  --for clients also what `make test-clients` needs
  --for slurm   what `make test-slurm` needs, with Debian's packages of Slurm, whose services start where there is systemd
  --for vllm    beside what the release binary needs, what `make test-vllm` does
USAGE
}

purpose=build
while [ $# -gt 0 ]; do
  case "$1" in
    --for) purpose="${2:-}"; shift 2 || { usage >&2; exit 2; } ;;
    --for=*) purpose="${1#--for=}"; shift ;;
    -h|--help) usage; exit 0 ;;
    *) echo "setup: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
done
case "$purpose" in
  build|test|bench|clients|slurm|vllm) ;;
  *) echo "setup: '--for $purpose' is not one of build, test, bench, clients, slurm, vllm" >&2; exit 2 ;;
esac

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
deps="$root/.deps"
stamps="$deps/stamps"
swift_version_min=6.3

say() { echo "setup: $*"; }
fail() { echo "setup: error: $*" >&2; exit 1; }

# done_already NAME KEY: whether the step ran with exactly these inputs.
done_already() { [ -f "$stamps/$1" ] && [ "$(cat "$stamps/$1")" = "$2" ]; }
mark_done() { mkdir -p "$stamps"; printf '%s\n' "$2" > "$stamps/$1"; }
checksum() { cat "$@" | sha256sum | cut -d' ' -f1; }

check_system() {
  [ "$(uname -s)" = Linux ] || fail "Axonize runs on Linux only; this is $(uname -s)."
  case "$(uname -m)" in
    x86_64|aarch64) ;;
    *) fail "no analytics engine is published for $(uname -m); use an x86_64 or aarch64 machine." ;;
  esac
  command -v apt-get > /dev/null || fail "apt-get was not found. This script knows Debian 12 (and systems like it);
  on another system install the packages named in scripts/setup.sh by hand and run the make targets below it."
}

check_swift_present() {
  command -v swift > /dev/null || fail "'swift' is not on PATH. Install the Swift $swift_version_min toolchain for Debian 12
  (https://www.swift.org/install/linux/), add its usr/bin to PATH, and run this again."
}

check_swift_version() {
  local version
  version="$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)" || true
  [ -n "$version" ] || fail "'swift --version' gave no version: $(swift --version 2>&1 | head -n 1)"
  [ "$(printf '%s\n%s\n' "$swift_version_min" "$version" | sort -V | head -n 1)" = "$swift_version_min" ] \
    || fail "Swift $version is too old; Axonize needs $swift_version_min or later (https://www.swift.org/install/linux/)."
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    fail "installing Debian packages needs root, and there is no sudo. Run as root: $*"
  fi
}

apt_lists_fresh=no
refresh_apt_lists() {
  [ "$apt_lists_fresh" = yes ] && return
  as_root apt-get update -qq || fail "'apt-get update' failed; check the network and /etc/apt/sources.list."
  apt_lists_fresh=yes
}

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing Debian packages: ${missing[*]}"
  refresh_apt_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null \
    || fail "apt-get could not install: ${missing[*]}. Run 'apt-get install ${missing[*]}' to see why."
}

# unpack_package NAME: a package's files below .deps/tools, without installing it, so that no service starts.
unpack_package() {
  local package="$1" work
  done_already "tool-$package" "$(uname -m)" && return
  say "unpacking $package (its files only; nothing is started)"
  refresh_apt_lists
  work="$(mktemp -d)"
  chmod 755 "$work"
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package" > /dev/null) || fail "apt-get could not download $package."
  mkdir -p "$deps/tools"
  dpkg-deb -x "$work"/*.deb "$deps/tools"
  rm -rf "$work"
  mark_done "tool-$package" "$(uname -m)"
}

make_python() {
  # Debian's own interpreter, whatever else is first on PATH: it is the one the packages above belong to.
  local python=/usr/bin/python3 key
  key="$("$python" --version) $root"
  done_already python "$key" && [ -x "$root/.venv/bin/python" ] && return
  say "making the Python environment .venv"
  rm -rf "$root/.venv" "$stamps/python-packages" "$stamps/python-sdk" "$stamps/model-libraries"
  "$python" -m venv "$root/.venv" || fail "'$python -m venv' failed; is python3-venv installed?"
  mark_done python "$key"
}

install_python_packages() {
  local requirements="$root/Tests/EndToEnd/requirements.txt" key
  key="$(checksum "$requirements")"
  done_already python-packages "$key" && return
  say "installing Python packages for the tests"
  "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" \
    || fail "pip could not install $requirements; check the network and the message above."
  mark_done python-packages "$key"
}

# What the tests of the Python SDK use, as its own package says, and the SDK itself with its native core.
install_sdk() {
  local key
  key="$(cd "$root" && find sdk/python Sources/SDK Sources/C/CAxonizeCore -type f ! -path '*/tests/*' ! -path '*/__pycache__/*' ! -path '*/build/*' ! -path '*.egg-info/*' -print0 |
    sort -z | xargs -0 cat | cksum)"
  done_already python-sdk "$key" && return
  say "building the Python SDK and installing what its tests use"
  AXONIZE_BUILD=native "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check "$root/sdk/python[test]" \
    || fail "the Python SDK could not be built or its packages not installed; see the message above."
  mark_done python-sdk "$key"
}

# Real models for the tests of the SDK's integrations: a minute and 1.3 GB. A machine where they cannot be had skips
# those tests.
install_model_libraries() {
  local key
  key="$(checksum "$root/sdk/python/tests/model-requirements.txt" "$root/scripts/install-model-libraries.sh")"
  done_already model-libraries "$key" && return
  say "installing libraries and weights for the tests with real models (about 300 MB to fetch)"
  AXONIZE_PYTHON="$root/.venv/bin/python" "$root/scripts/install-model-libraries.sh" \
    || say "going on without: the tests with real models are skipped until scripts/install-model-libraries.sh succeeds"
  mark_done model-libraries "$key"
}

# Client libraries that export telemetry: the light ones that CI runs, ten seconds and 100 MB, or all. A machine where
# they cannot be had skips the tests with them.
install_clients() {
  "$root/scripts/install-clients.sh" "$@" \
    || say "going on without: the tests with these client libraries are skipped until scripts/install-clients.sh succeeds"
}

# vLLM for the CPU, in an environment of its own.
install_vllm() {
  local key
  key="$(checksum "$root/sdk/python/tests/vllm-requirements.txt" "$root/scripts/install-vllm.sh")"
  done_already vllm "$key" && [ -x "$deps/vllm/bin/python" ] && return
  say "installing vLLM for the CPU into .deps/vllm (about 960 MB to fetch)"
  AXONIZE_VLLM="$deps/vllm" "$root/scripts/install-vllm.sh" || fail "vLLM could not be installed; see the message above."
  mark_done vllm "$key"
}

fetch_engine() {
  local requirements="$root/scripts/engine-requirements.txt" library="$deps/chdb/_chdb.abi3.so" key work
  key="$(checksum "$requirements") $(uname -m)"
  done_already engine "$key" && [ -f "$library" ] && return
  say "fetching the analytics engine (about 180 MB, pinned by hash)"
  mkdir -p "$deps"
  work="$(mktemp -d "$deps/engine.XXXXXX")"
  # shellcheck disable=SC2064  # the path is fixed now
  trap "rm -rf '$work'" EXIT
  "$root/.venv/bin/python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --dest "$work" -r "$requirements" \
    || fail "the analytics engine could not be fetched, or its hash differs from scripts/engine-requirements.txt."
  # The wheel is a Python package; Axonize loads its shared library without Python and leaves out the rest.
  "$root/.venv/bin/python" - "$work" <<'PYTHON' || fail "the engine's wheel could not be unpacked; is the disk full?"
import pathlib, sys, zipfile

folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    wanted = [
        name
        for name in archive.namelist()
        if name == "chdb/_chdb.abi3.so" or name.startswith("chdb_core.libs/") or name.endswith("LICENSE.txt")
    ]
    archive.extractall(folder / "unpacked", wanted)
PYTHON
  rm -rf "$deps/chdb" "$deps/chdb_core.libs"
  mv "$work"/unpacked/* "$deps/"
  [ -f "$library" ] || fail "the wheel holds no chdb/_chdb.abi3.so; scripts/engine-requirements.txt names the wrong one."
  rm -rf "$work"
  trap - EXIT
  mark_done engine "$key"
}

# What the dashboard is built from: Debian's React and TypeScript, and uPlot out of a wheel that carries it.
install_dashboard_tools() {
  local requirements="$root/dashboard/requirements.txt" target="$deps/dashboard/node_modules/uplot" key work
  install_packages esbuild node-typescript node-react node-react-dom
  key="$(checksum "$requirements")"
  done_already dashboard "$key" && [ -f "$target/index.js" ] && return
  say "fetching uPlot (72 kB, pinned by hash)"
  mkdir -p "$deps"
  work="$(mktemp -d "$deps/dashboard.XXXXXX")"
  "$root/.venv/bin/python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --dest "$work" -r "$requirements" \
    || fail "uPlot could not be fetched, or its hash differs from dashboard/requirements.txt."
  # As a package of node, with the licence that its file begins with.
  "$root/.venv/bin/python" - "$work" <<'PYTHON' || fail "the wheel that carries uPlot could not be unpacked; is the disk full?"
import pathlib, sys, zipfile

folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("youplot-*.whl")
with zipfile.ZipFile(wheel) as archive:
    script = archive.read("youplot/vendor/uplot.iife.min.js").decode()
(folder / "index.js").write_text(script + "\nmodule.exports = uPlot;\n")
(folder / "package.json").write_text('{"name": "uplot", "version": "1.6.31", "main": "index.js"}\n')
PYTHON
  mkdir -p "$target"
  mv "$work/index.js" "$work/package.json" "$target/"
  rm -rf "$work"
  mark_done dashboard "$key"
}

check_system
check_swift_present
# What the toolchain itself needs, then what Axonize links, then the tools of this script.
install_packages binutils g++ libc6-dev libcurl4 libncurses6 libsqlite3-0 libxml2 tzdata \
  libnghttp2-dev libssl-dev zlib1g-dev libdeflate-dev libzstd-dev libsnappy-dev libsqlite3-dev libyaml-dev libre2-dev \
  pkg-config ca-certificates git make python3 python3-venv
check_swift_version
make_python
fetch_engine
install_dashboard_tools
if [ "$purpose" = vllm ]; then
  install_packages python3-dev
  install_vllm
fi
if [ "$purpose" = clients ]; then
  install_packages python3-dev
  install_python_packages
  install_sdk
  "$root/scripts/install-clients.sh" || fail "not every client library could be installed; see the messages above."
fi
if [ "$purpose" = slurm ]; then
  install_packages python3-dev slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge
  install_python_packages
  install_sdk
fi
if [ "$purpose" = test ] || [ "$purpose" = bench ]; then
  # The last two are for machines in network namespaces, and clocks that are wrong.
  install_packages curl openssl shellcheck python3-dev iproute2 libfaketime
  # A browser for the dashboard, and letters for its Korean.
  if [ "$purpose" = test ]; then install_packages chromium fonts-nanum; fi
  unpack_package prometheus # promtool, and a peer for PromQL and benchmarks
  unpack_package prometheus-node-exporter
  install_python_packages
  install_sdk
fi
if [ "$purpose" = test ]; then
  install_model_libraries
  install_clients light
fi
if [ "$purpose" = bench ]; then
  install_packages libpcre2-8-0 wrk
  unpack_package nginx
  unpack_package victoria-metrics
fi
