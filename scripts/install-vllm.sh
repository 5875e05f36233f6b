#!/usr/bin/env bash
# Installs vLLM for the CPU into an environment of its own, .deps/vllm or the folder AXONIZE_VLLM: it wants versions of
# its own of what other tests use. Fetches about 960 MB; 2.5 GB on disk. An x86_64 processor needs AVX2 at least.
#
# The CPU build of PyTorch must be where pip looks, as scripts/install-model-libraries.sh says.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
folder="${AXONIZE_VLLM:-$root/.deps/vllm}"
requirements="$root/sdk/python/tests/vllm-requirements.txt"

pip() { "$folder/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

if [ -e "$folder" ] && [ ! -e "$folder/pyvenv.cfg" ]; then
  echo "install-vllm: $folder is there and no Python environment; name another by AXONIZE_VLLM" >&2
  exit 2
fi
rm -rf "$folder"
/usr/bin/python3 -m venv "$folder"
if ! pip install --only-binary :all: -r "$requirements" 'pytest>=8'; then
  echo "install-vllm: the packages of sdk/python/tests/vllm-requirements.txt could not be installed; where pip finds no" >&2
  echo "  CPU build of torch, set PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL" >&2
  exit 3
fi
# Asked for without a version, these come in builds for CUDA's torch and fail when they are imported. Models of text
# need none of them.
pip uninstall --yes torchvision torchaudio torchcodec triton
"$folder/bin/python" -c 'import torch, vllm'
