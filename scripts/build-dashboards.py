#!/usr/bin/env python3
"""Writes the dashboards of hosts and GPUs into deploy/grafana; with --check, only says whether they are up to date."""

import json
import pathlib
import sys

from dashboards import gpus, hosts

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "deploy/grafana/dashboards"


def main() -> int:
    stale = []
    for name, made in (("hosts", hosts.made()), ("gpus", gpus.made())):
        path = FOLDER / f"{name}.json"
        content = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        if path.exists() and path.read_text() == content:
            continue
        stale.append(path.name)
        if "--check" not in sys.argv[1:]:
            path.write_text(content)
    if stale and "--check" in sys.argv[1:]:
        print(f"{', '.join(stale)} of {FOLDER} is not what the script makes; run it.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
