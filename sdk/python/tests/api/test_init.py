"""``init`` and what belongs to it; each in a process of its own, as users have it."""

import dataclasses
import inspect
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from axonize import _lifecycle, _resource
from axonize._configuration import Options, configure, read_endpoint
from tests.api.certificate import make_certificate
from tests.conftest import CORES
from tests.receiver import Receiver, free_port


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def run(script: str, *arguments: Any, **environment: str) -> tuple[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "AXONIZE_"))}
    if "AXONIZE_CORE" in os.environ:
        clean["AXONIZE_CORE"] = os.environ["AXONIZE_CORE"]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**clean, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.strip()


SPAN = """
import axonize, sys
{}
with axonize.span("a"):
    pass
"""


def test_sent_at_exit(receiver: Receiver) -> None:
    out = run(SPAN.format("axonize.init(sys.argv[1], service_name='s')"), f"http://127.0.0.1:{receiver.port}")
    assert out == ("", "")
    assert receiver.names == ["a"]


def test_from_the_environment(receiver: Receiver) -> None:
    run(
        SPAN.format("axonize.init()"),
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{receiver.port}/base/",
        OTEL_EXPORTER_OTLP_HEADERS="x-tenant=a%20b",
        OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
        AXONIZE_API_KEY="axk_1",
    )
    assert receiver.paths == ["/base/v1/traces"]
    headers = {name.lower(): value for name, value in receiver.headers[0].items()}
    assert (headers["x-tenant"], headers["authorization"]) == ("a b", "Bearer axk_1")
    assert headers["content-encoding"] == "gzip"
    assert receiver.names == ["a"]


def test_receiver_that_is_down_is_said_once() -> None:
    script = """
import axonize, sys, time
axonize.init(sys.argv[1], metrics=False)
for _ in range(3):
    with axonize.span("a"): pass
    axonize.flush(0.5)
axonize.shutdown(0.5)
"""
    _, error = run(script, f"http://127.0.0.1:{free_port()}")
    assert error.count("cannot be reached") == 1
    assert "Traceback" not in error


@pytest.mark.parametrize("endpoint", ["ftp://host", "http://", "http://host:99999", "::", "http://[::1"])
def test_wrong_endpoint_warns(endpoint: str) -> None:
    _, error = run(SPAN.format("axonize.init(sys.argv[1], metrics=False)\naxonize.shutdown(0.1)"), endpoint)
    assert error.startswith("axonize: init(endpoint=): it")
    assert error.count("it is not used") == 1
    assert "Traceback" not in error


def test_init_twice_and_again(receiver: Receiver) -> None:
    script = """
import axonize, sys
axonize.init(sys.argv[1], service_name="one")
axonize.init("http://127.0.0.1:1", service_name="two")
with axonize.span("a"): pass
assert axonize.shutdown(10)
assert axonize.shutdown(10)
with axonize.span("lost"): pass
axonize.init(sys.argv[1], service_name="three")
with axonize.span("b"): pass
"""
    _, error = run(script, f"http://127.0.0.1:{receiver.port}")
    assert error.count("was called before") == 1
    assert receiver.names == ["a", "b"]


def test_disabled(receiver: Receiver) -> None:
    for setting in ({"OTEL_SDK_DISABLED": "true"}, {"AXONIZE_ENABLED": "0"}, {"OTEL_TRACES_EXPORTER": "none"}):
        run(SPAN.format("axonize.init(sys.argv[1])"), f"http://127.0.0.1:{receiver.port}", **setting)
    assert receiver.paths == []


def test_sample_ratio(receiver: Receiver) -> None:
    script = """
import axonize, sys
axonize.init(sys.argv[1], sample_ratio=0.0)
with axonize.span("a"):
    with axonize.span("b", parent=axonize.SpanContext(1, 2, 1, "", True)): pass
"""
    run(script, f"http://127.0.0.1:{receiver.port}")
    assert receiver.names == ["b"]


def test_tls(tmp_path: pathlib.Path) -> None:
    key, certificate = make_certificate(tmp_path)
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    try:
        script = SPAN.format("axonize.init(sys.argv[1], ca_file=sys.argv[2])")
        assert run(script, f"https://localhost:{receiver.port}", certificate) == ("", "")
        assert receiver.names == ["a"]
        # A certificate that nobody vouches for: nothing is sent, and it is said.
        script = SPAN.format("axonize.init(sys.argv[1], metrics=False)")
        _, error = run(script, f"https://localhost:{receiver.port}")
        assert "cannot be reached" in error
        assert receiver.names == ["a"]
    finally:
        receiver.close()


def test_forked_workers(receiver: Receiver) -> None:
    script = """
import axonize, multiprocessing, sys
def work(number):
    with axonize.span(f"work {number}"): pass
    axonize.flush(20)
    return axonize.resource()["process.pid"]
if __name__ == "__main__":
    axonize.init(sys.argv[1])
    with axonize.span("main"), multiprocessing.get_context("fork").Pool(2) as pool:
        pids = pool.map(work, range(4), chunksize=1)
    assert axonize.resource()["process.pid"] not in pids
"""
    run(script, f"http://127.0.0.1:{receiver.port}", PYTHONWARNINGS="ignore")
    assert sorted(receiver.names) == ["main", "work 0", "work 1", "work 2", "work 3"]
    assert len({span.span_id for span in receiver.spans}) == 5


def test_children_of_multiprocessing_send_at_their_end(receiver: Receiver) -> None:
    script = """
import axonize, multiprocessing, sys
def work(number):
    with axonize.span(f"work {number}"): pass
if __name__ == "__main__":
    axonize.init(sys.argv[1], interval=3600)
    children = [multiprocessing.get_context("fork").Process(target=work, args=(number,)) for number in range(3)]
    for child in children: child.start()
    for child in children: child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
"""
    run(script, f"http://127.0.0.1:{receiver.port}", PYTHONWARNINGS="ignore")
    assert sorted(receiver.names) == ["work 0", "work 1", "work 2"]


def test_a_thread_at_work_does_not_hold_up_the_end(receiver: Receiver) -> None:
    script = """
import axonize, sys, threading, time
axonize.init(sys.argv[1])
def work():
    while True:
        with axonize.span("a"): pass
        time.sleep(0.001)
threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
"""
    run(script, f"http://127.0.0.1:{receiver.port}")
    assert "a" in receiver.names


def test_metrics(receiver: Receiver) -> None:
    script = """
import axonize, sys
axonize.init(sys.argv[1], service_name="m", metrics_interval=60)
for tokens in (3, 5):
    with axonize.llm_span("chat", model="m", provider="p", server_address="h", server_port=1) as span:
        for _ in range(tokens): span.record_token()
        span.set_usage(input_tokens=10)
try:
    with axonize.llm_span("chat", model="m"): raise KeyError("k")
except KeyError: pass
"""
    run(script, f"http://127.0.0.1:{receiver.port}")
    (request,) = receiver.metrics
    metrics = {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}
    points = {}
    for name in ("gen_ai.client.operation.duration", "gen_ai.client.token.usage", "gen_ai.server.time_to_first_token"):
        histogram = metrics[name].histogram
        assert histogram.aggregation_temporality == 2
        for point in histogram.data_points:
            labels = {item.key: item.value.string_value or item.value.int_value for item in point.attributes}
            assert sum(point.bucket_counts) == point.count
            assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
            assert point.min <= point.sum / point.count <= point.max
            points[name, labels.get("gen_ai.token.type", labels.get("error.type", ""))] = (point, labels)
    point, labels = points["gen_ai.client.token.usage", "output"]
    assert (point.count, point.sum, point.min, point.max) == (2, 8, 3, 5)
    assert labels == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "p",
        "gen_ai.request.model": "m",
        "server.address": "h",
        "server.port": 1,
        "gen_ai.token.type": "output",
    }
    assert points["gen_ai.client.token.usage", "input"][0].sum == 20
    assert points["gen_ai.client.operation.duration", ""][0].count == 2
    assert points["gen_ai.client.operation.duration", "KeyError"][0].count == 1
    assert points["gen_ai.server.time_to_first_token", ""][0].count == 2
    ended = metrics["axonize.sdk.span.ended"].sum
    assert ended.is_monotonic
    assert ended.data_points[0].as_int == 3
    reasons = {
        point.attributes[0].value.string_value: point.as_int
        for point in metrics["axonize.sdk.span.dropped"].sum.data_points
    }
    assert reasons == {"queue_full": 0, "send_failed": 0, "too_large": 0, "rejected": 0}


def test_no_metrics(receiver: Receiver) -> None:
    run(SPAN.format("axonize.init(sys.argv[1], metrics=False)"), f"http://127.0.0.1:{receiver.port}")
    assert receiver.metrics == []


def test_import_of_a_missing_core() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import axonize"],
        env={**os.environ, "AXONIZE_CORE": "other"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "AXONIZE_CORE" in done.stderr


def test_order_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OTEL_", "AXONIZE_")):
            monkeypatch.delenv(name)
    default = configure(Options())
    assert (default.endpoint.host, default.endpoint.port, default.endpoint.path) == ("localhost", 4318, "/v1/traces")
    assert (default.sampler, default.parent_based, default.protocol, default.compression) == (
        "always_on", True, "http/protobuf", "none",
    )  # fmt: skip
    assert not default.capture_content
    monkeypatch.setenv("OTEL_SERVICE_NAME", "of otel")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "a=1,b=2,service.name=other")
    monkeypatch.setenv("AXONIZE_RESOURCE_ATTRIBUTES", "b=3,c=4")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:2/as/is")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "250")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "5000")
    found = configure(Options(resource_attributes={"c": 5}, service_version="9"))
    assert found.service_name == "of otel"
    assert dict(found.resource_attributes) == {
        "a": "1", "b": "3", "c": 5, "service.name": "other", "service.version": "9",
    }  # fmt: skip
    assert (found.endpoint.host, found.endpoint.path) == ("traces", "/as/is")
    assert (found.sampler, found.parent_based, found.sampler_ratio) == ("traceidratio", False, 0.25)
    assert found.limits["span_attribute_limit"] == 7
    assert (found.interval, found.timeout) == (0.25, 5.0)
    monkeypatch.setenv("AXONIZE_ENDPOINT", "axonize:3")
    monkeypatch.setenv("AXONIZE_SERVICE_NAME", "of axonize")
    monkeypatch.setenv("AXONIZE_SAMPLER", "nonsense")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "10")
    found = configure(Options())
    assert (found.endpoint.host, found.endpoint.port, found.endpoint.path) == ("axonize", 3, "/v1/traces")
    assert found.service_name == "of axonize"
    assert found.sampler == "traceidratio"
    assert found.timeout == 10.0
    found = configure(Options(endpoint="https://given/x/v1/traces", service_name="given", headers={"a": "b\r\nc: d"}))
    assert (found.endpoint.is_tls, found.endpoint.port, found.endpoint.path) == (True, 443, "/x/v1/traces")
    assert found.endpoint.metrics_path == "/x/v1/metrics"
    assert found.service_name == "given"
    assert found.headers == {}


def test_endpoints() -> None:
    assert read_endpoint("[::1]:4317").host == "::1"
    assert read_endpoint("localhost").port == 4318
    for wrong in ("", "http://", "ftp://a", "http://a:0"):
        with pytest.raises(ValueError):
            read_endpoint(wrong)


def test_resource(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    container = "0123456789abcdef" * 4
    pod = "11111111-2222-3333-4444-555555555555"
    folder = tmp_path / "proc" / "self"
    folder.mkdir(parents=True)
    (folder / "cgroup").write_text(
        f"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{pod.replace('-', '_')}.slice/"
        f"cri-containerd-{container}.scope\n"
    )
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "machine-id").write_text("abc\n")
    account = tmp_path / "account"
    account.mkdir()
    (account / "namespace").write_text("inference")
    monkeypatch.setattr(_resource, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(_resource, "_ETC", etc)
    monkeypatch.setattr(_resource, "_SERVICE_ACCOUNT", account)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("HOSTNAME", "chat-1")
    monkeypatch.setenv("NODE_NAME", "node-1")
    monkeypatch.setenv("SLURM_JOB_ID", "42")
    monkeypatch.setenv("SLURM_JOB_USER", "alice")
    monkeypatch.setenv("SLURM_JOB_PARTITION", "gpu")
    monkeypatch.setenv("SLURM_PROCID", "3")
    monkeypatch.setenv("SLURM_LOCALID", "1")
    monkeypatch.setenv("AXONIZE_NODE_ID", "rack-7")
    found = _resource.detect("chat", {"host.name": "given"})
    expected = {
        "service.name": "chat",
        "host.name": "given",
        "host.id": "abc",
        "process.pid": os.getpid(),
        "container.id": container,
        "k8s.pod.uid": pod,
        "k8s.pod.name": "chat-1",
        "k8s.namespace.name": "inference",
        "k8s.node.name": "node-1",
        "slurm.job.id": "42",
        "slurm.user": "alice",
        "slurm.partition": "gpu",
        "slurm.process.rank": "3",
        "slurm.process.local_rank": "1",
        "node.id": "rack-7",
        "telemetry.sdk.language": "python",
    }
    assert expected.items() <= found.items()
    assert _resource.detect(None, {})["service.name"].startswith("unknown_service:python")


def test_container_from_the_mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    container = "fedcba9876543210" * 4
    folder = tmp_path / "self"
    folder.mkdir()
    (folder / "cgroup").write_text("0::/\n")
    (folder / "mountinfo").write_text(
        "1 2 0:1 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/" + "a" * 64 + "/diff\n"
        f"3 4 8:1 /var/lib/docker/containers/{container}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"
    )
    monkeypatch.setattr(_resource, "_PROC", tmp_path)
    assert _resource.container() == {"container.id": container}


def test_a_pod_from_the_mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    pod = "11111111-2222-3333-4444-555555555555"
    folder = tmp_path / "self"
    folder.mkdir()
    # containerd with control groups of version 2: only the sandbox's id is there, which is not the container's.
    (folder / "cgroup").write_text("0::/\n")
    (folder / "mountinfo").write_text(
        "1 2 0:1 / / rw - overlay overlay rw\n"
        f"3 4 8:1 /var/lib/kubelet/pods/{pod}/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
        f"5 4 8:1 /var/lib/kubelet/pods/{pod}/containers/vllm/0a1b2c3d /dev/termination-log rw - ext4 /dev/sda1 rw\n"
        f"6 4 8:1 /var/lib/containerd/io.containerd/sandboxes/{'ab' * 32}/hostname /etc/x rw - ext4 x rw\n"
        f"7 4 8:1 /run/containers/storage/overlay-containers/{'cd' * 32}/userdata/hostname /run/x rw - ext4 x rw\n"
    )
    monkeypatch.setattr(_resource, "_PROC", tmp_path)
    monkeypatch.setattr(_resource, "_SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("POD_NAME", "chat-0")
    monkeypatch.setenv("K8S_NAMESPACE_NAME", "prod")
    for name in ("K8S_POD_NAME", "K8S_POD_UID", "POD_UID", "K8S_CONTAINER_NAME", "CONTAINER_NAME"):
        monkeypatch.delenv(name, raising=False)
    found = _resource.detect("chat", {"k8s.namespace.name": "given"})
    assert "container.id" not in found
    assert (found["k8s.pod.uid"], found["k8s.container.name"]) == (pod, "vllm")
    assert (found["k8s.pod.name"], found["k8s.namespace.name"]) == ("chat-0", "given")
    # A node that is a container itself: the inner one counts.
    inner = "ef" * 32
    (folder / "cgroup").write_text(f"0::/docker-{'ab' * 32}.scope/kubelet.slice/cri-containerd-{inner}.scope\n")
    assert _resource.container() == {"container.id": inner}


def test_stats_are_json() -> None:
    import axonize

    assert json.loads(json.dumps(axonize.stats()))["slots"] >= 0


def test_threads_of_the_package_are_daemons(receiver: Receiver) -> None:
    script = """
import axonize, sys, threading
axonize.init(sys.argv[1])
print([t.daemon for t in threading.enumerate() if t.name.startswith("axonize")])
"""
    out, _ = run(script, f"http://127.0.0.1:{receiver.port}")
    assert set(json.loads(out.lower())) == {True}
    assert threading.active_count() >= 1


def test_every_argument_reaches_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    names = list(inspect.signature(_lifecycle.init).parameters)
    assert names == [field.name for field in dataclasses.fields(Options)]
    given: list[Options] = []

    def note(options: Options) -> Any:
        given.append(options)
        raise RuntimeError("enough")

    monkeypatch.setattr(_lifecycle, "configure", note)
    monkeypatch.setattr(_lifecycle._core, "is_started", lambda: False)
    monkeypatch.setattr(_lifecycle._logger, "exception", lambda text: None)
    values: dict[str, Any] = {name: f"value of {name}" for name in names}
    _lifecycle.init(**values)
    assert [dataclasses.asdict(options) for options in given] == [values]


@pytest.mark.skipif("native" not in CORES, reason="the native core was not built here")
def test_the_native_core_works_without_the_one_in_python(receiver: Receiver) -> None:
    script = """
import sys, axonize, axonize.testing
axonize.init(sys.argv[1], resource_attributes={"a": [1, "b"]}, metrics=True)
with axonize.tracer("t", attributes={"k": 1}).span("s"):
    pass
axonize.shutdown(10)
print([name for name in sys.modules if name.startswith("axonize._pure")])
"""
    out, _ = run(script, f"http://127.0.0.1:{receiver.port}", AXONIZE_CORE="native")
    assert out == "[]"
