"""A server with an hour of an inference service, and with prices."""

import pathlib
import time

import requests

from support.inference import Inference
from support.server import Server, wait_until

PRICES = """
prices:
  currency: EUR
  electricity:
    - price_per_kwh: 0.36
      co2_grams_per_kwh: 400
  gpus:
    - model: "*H200*"
      price_per_hour: 3.60
"""


def priced(folder: pathlib.Path) -> dict[str, str]:
    """Variables of a server that knows what energy and GPUs cost, and has not yet computed the energy of the hour."""
    configuration = folder / "axonize.yaml"
    configuration.write_text(PRICES)
    return {"AXONIZE_CONFIG": str(configuration), "AXONIZE_FLEET_ENERGY_DELAY": "1h"}


def seeded(server: Server) -> Inference:
    made = Inference().hour(160)
    for path, body in made.requests():
        assert requests.post(f"{server.url}{path}", json=body, timeout=60).status_code == 200
    for report in made.machines():
        response = requests.post(f"{server.url}/api/v1/nodes/report", json=report, timeout=30)
        assert response.status_code == 204, response.text
    response = requests.post(f"{server.url}/api/v1/metrics/push", json=made.series(), timeout=30)
    assert response.status_code == 204, response.text
    wait_until(lambda: server.data("/api/v1/traces"), 30, "the first trace")
    return made


def has_energy(server: Server) -> bool:
    """Whether nearly all of the hour is computed; the last minute may not be over."""
    energy = server.data("/api/v1/energy", start="-1h")
    return energy["total"]["spans"] > 0 and energy["complete_until"] >= iso(time.time() - 180)


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
