"""Energy of GPUs by the minute: samples and spans of minutes that are over, a server that is killed, and prices."""

import json
import time

import pytest
from support.server import Server, wait_until
from test_span_attribution import SECOND, Span, samples, send

GPUS = ["GPU-energy-a", "GPU-energy-b"]
PRICES = """
prices:
  currency: EUR
  electricity:
    - price_per_kwh: 0.36
      co2_grams_per_kwh: 400
      pue: 1.25
  gpus:
    - model: "*H200*"
      price_per_hour: 3.60
"""


def watts(gpu: int, second: int) -> int:
    return 100 + 50 * gpu + (second * 37) % 200


def page(base: int, seconds: range) -> str:
    """Samples as an agent would have sent them, from some seconds before a time to some seconds behind it."""
    lines = ["# TYPE axonize_gpu_energy_joules_total counter", "# TYPE axonize_gpu_resource_info gauge"]
    for gpu, uuid in enumerate(GPUS):
        joules = 5000
        for second in seconds:
            joules += watts(gpu, second)
            labels = f'uuid="{uuid}",model="NVIDIA H200",instance="gpubox",job="node",gpu="{gpu}"'
            at = base // 1_000_000 + second * 1000
            lines.append(f"axonize_gpu_energy_joules_total{{{labels}}} {joules} {at}")
            lines.append(f'axonize_gpu_resource_info{{{labels},resource_uuid="{uuid}"}} 1 {at}')
    return "\n".join(lines) + "\n"


def text(nanoseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(nanoseconds // SECOND))


def energy(server, base: int, **parameters):
    return server.data("/api/v1/energy", start=text(base), end=text(base + 180 * SECOND), **parameters)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A server with three minutes that are computed, after two kills; and when these minutes began."""
    folder = tmp_path_factory.mktemp("energy")
    configuration = folder / "axonize.yaml"
    configuration.write_text(PRICES)
    base = (time.time_ns() // (60 * SECOND) - 20) * 60 * SECOND
    environment = {"AXONIZE_CONFIG": str(configuration), "AXONIZE_FLEET_ENERGY_DELAY": "1h"}
    first = Server(folder / "data", environment=environment).start()
    response = first.session.post(f"{first.url}/api/v1/import/prometheus", data=page(base, range(-5, 186)), timeout=30)
    assert response.status_code == 204, response.text
    one = Span("one", 10, 100, GPUS[0], tokens=900)
    two = Span("two", 50, 70, *GPUS, tokens=300)
    send(first, base, one, two)
    first.kill()
    environment["AXONIZE_FLEET_ENERGY_DELAY"] = "1s"
    second = Server(folder / "data", environment=environment).start()
    second.kill()
    third = Server(folder / "data", environment=environment).start()
    try:
        wait_until(lambda: computed(third, base), 60, "the minutes")
        yield third, base
    finally:
        third.stop()


def computed(server, base: int) -> bool:
    until = energy(server, base)["complete_until"]
    return until is not None and until >= text(base + 180 * SECOND)


def total(gpu: int, seconds: range) -> float:
    """What the counter grew by from the first second to the last."""
    return float(sum(watts(gpu, second + 1) for second in seconds))


def test_spans_and_idle_time_add_up_to_the_counters_after_kills(told):
    server, base = told
    data = energy(server, base, by="gpu,model")
    counted = [total(gpu, range(0, 180)) for gpu in (0, 1)]
    assert data["measured_joules"] == pytest.approx(sum(counted))
    groups = {(one["group"]["gpu"], one["group"]["model"]): one for one in data["groups"]}
    assert set(groups) == {(GPUS[0], "m"), (GPUS[1], "m")}
    # Alone from 50 s to 70 s; on the other GPU both spans shared these by tokens per second.
    assert groups[GPUS[1], "m"]["joules"] == pytest.approx(total(1, range(50, 70)))
    assert groups[GPUS[0], "m"]["joules"] == pytest.approx(total(0, range(10, 100)))
    assert data["total"]["joules"] + data["idle"]["joules"] == pytest.approx(sum(counted))
    assert data["total"]["gpu_seconds"] + data["idle"]["gpu_seconds"] == pytest.approx(360)
    assert (data["total"]["spans"], data["total"]["output_tokens"]) == (2, 1200)
    assert data["total"]["joules_per_token"] == pytest.approx(data["total"]["joules"] / 1200)
    assert sum(data["total"]["provenance"].values()) == pytest.approx(1)


def test_a_series_has_what_the_counters_say(told):
    server, base = told
    points = energy(server, base, by="service", step="1m")["groups"][0]["points"]
    expected = [total(0, range(10, 60)) + total(1, range(50, 60)), total(0, range(60, 100)) + total(1, range(60, 70))]
    assert [one["joules"] for one in points] == pytest.approx(expected)
    assert [one["spans"] for one in points] == [0, 2]
    # The same that PromQL reads of the samples.
    now = time.time_ns() // SECOND
    stored = samples(server, f'axonize_gpu_energy_joules_total{{uuid="{GPUS[0]}"}}[{now - base // SECOND + 10}s]')
    inside = [value for at, value in stored if base // SECOND <= at <= base // SECOND + 180]
    assert inside[-1] - inside[0] == total(0, range(0, 180))


def test_costs_follow_the_prices(told):
    server, base = told
    data = energy(server, base, by="model")
    one = data["groups"][0]
    assert data["currency"] == "EUR" and data["unavailable"] == []
    assert one["energy_cost"] == pytest.approx(one["joules"] / 3.6e6 * 1.25 * 0.36)
    assert one["carbon_grams"] == pytest.approx(one["joules"] / 3.6e6 * 1.25 * 400)
    assert one["gpu_cost"] == pytest.approx(one["gpu_seconds"] / 3600 * 3.6)
    assert one["gpu_cost_per_million_tokens"] == pytest.approx(one["gpu_cost"] / 1200 * 1e6)
    assert server.data("/api/v1/prices")["electricity"][0]["pue"] == 1.25


def test_the_command_shows_it(told):
    server, _ = told
    lines = server.run("energy", "--by", "service").stdout.splitlines()
    assert any(line.startswith("inference") for line in lines), lines
    assert any(line.startswith("idle") for line in lines) and "Costs in EUR." in lines
    shown = json.loads(server.run("energy", "--by", "service", "--json").stdout)["data"]
    assert shown["groups"][0]["group"] == {"service": "inference"}
    assert "gpu_energy" in server.run("storage").stdout


def test_what_is_wrong_with_prices_is_said_at_the_start(tmp_path):
    configuration = tmp_path / "axonize.yaml"
    configuration.write_text("prices:\n  gpus:\n    - price_per_hour: dear\n")
    server = Server(tmp_path / "data")
    result = server.run("config", "check", f"--config={configuration}", check=False)
    assert result.returncode != 0
    assert f"{configuration}:3:23: 'dear' is not a value for 'price_per_hour'" in result.stdout + result.stderr
