#!/usr/bin/env bash
# The SDK's hook of vLLM, and vLLM's own spans, against vLLM itself on the CPU: what `make test-vllm` runs when the
# release binary and the environment of scripts/install-vllm.sh are there. About three minutes on two cores.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
python="${AXONIZE_VLLM:-$PWD/.deps/vllm}/bin/python"

AXONIZE_BUILD=native "$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps sdk/python
exec "$python" -m pytest -c sdk/python/pyproject.toml --rootdir sdk/python \
  sdk/python/tests/integrations/test_vllm_real.py sdk/python/tests/e2e/test_vllm_server.py "$@"
