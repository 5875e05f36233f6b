#!/usr/bin/env bash
# Starts the release binary in the foreground and, once it is ready, says where everything is.
#
# AXONIZE_DATA_DIR, AXONIZE_HTTP, AXONIZE_OTLP_GRPC and AXONIZE_OTLP_HTTP change the folder and the addresses.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
binary="$root/.build/release/axonize"
data_dir="${AXONIZE_DATA_DIR:-$root/axonize-data}"
http="${AXONIZE_HTTP:-127.0.0.1:8080}"
otlp_grpc="${AXONIZE_OTLP_GRPC:-127.0.0.1:4317}"
otlp_http="${AXONIZE_OTLP_HTTP:-127.0.0.1:4318}"

[ -x "$binary" ] || { echo "up: $binary is missing; run 'make build' first" >&2; exit 1; }

announce() {
  local server=$1 _
  for _ in $(seq 1 300); do
    kill -0 "$server" 2> /dev/null || return 0
    if "$root/.venv/bin/python" - "http://$http/readyz" 2> /dev/null <<'PYTHON'
import sys, urllib.request

urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=1)
PYTHON
    then
      cat <<TEXT

  Axonize is ready.
    OTLP/gRPC      http://$otlp_grpc      export OTEL_EXPORTER_OTLP_ENDPOINT=http://$otlp_grpc
    OTLP/HTTP      http://$otlp_http      export OTEL_EXPORTER_OTLP_ENDPOINT=http://$otlp_http
    REST API       http://$http/api/v1    described at /api/v1/openapi.json
    data           $data_dir
  In another terminal:  $root/.build/release/axonize traces
  Ctrl-C stops the server; the data stays.

TEXT
      return 0
    fi
    sleep 0.1
  done
}

announce $$ &
exec "$binary" serve --data-dir "$data_dir" --http "$http" --otlp-grpc "$otlp_grpc" --otlp-http "$otlp_http" "$@"
