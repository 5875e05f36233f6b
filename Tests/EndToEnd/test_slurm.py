"""A real Slurm of one node: its jobs are on the GPUs' series, in the API and on the spans of a job.

It needs root and Debian's packages, so `make test` skips it where they are missing; `make test-slurm` installs them.
"""

import json
import shlex
import sys

import pytest
from support.server import wait_until
from support.slurm import Slurm, why_missing
from test_agent import Agent
from test_gpus import StandIn

pytestmark = pytest.mark.skipif(why_missing() is not None, reason=why_missing() or "Slurm is there")

# A program with a GPU: it sends a span and goes on until a file is there.
PROGRAM = """
import os, pathlib, sys, time
import axonize

folder = pathlib.Path(sys.argv[1])
axonize.init(endpoint=sys.argv[2], service_name="trainer")
with axonize.span("step"):
    pass
axonize.shutdown()
(folder / "pid.new").write_text(str(os.getpid()))
(folder / "pid.new").rename(folder / "pid")
deadline = time.monotonic() + 120
while not (folder / "end").exists() and time.monotonic() < deadline:
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    node = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        yield node.start()
    finally:
        node.close()


@pytest.fixture
def stand_in(tmp_path):
    return StandIn(tmp_path, "h100")


@pytest.fixture
def agent(server, stand_in, tmp_path):
    key = tmp_path / "key"
    key.write_text("unused\n")
    instance = Agent(server, tmp_path, "n1", key, "--gpu-enabled=true", f"--nvml-library={stand_in.path}")
    try:
        yield instance.start()
    finally:
        instance.close()


def run_job(slurm, server, folder, prefix: str, *arguments: str) -> tuple[str, int]:
    """Starts the program as a step of a job; the job's id and the program's PID."""
    program = folder / "trainer.py"
    program.write_text(PROGRAM)
    script = folder / "job.sh"
    command = shlex.join([sys.executable, str(program), str(folder), server.grpc_endpoint])
    script.write_text(f"#!/bin/bash\nsrun --gres=gpu:1 {prefix} {command}\n")
    job = slurm.submit(script, "--gres=gpu:1", f"--output={folder}/job.out", *arguments)
    wait_until((folder / "pid").exists, 60, "the program of the job")
    return job, int((folder / "pid").read_text())


def workload_of(server, pid: int) -> dict:
    def found():
        for gpu in server.data("/api/v1/gpus"):
            for process in gpu.get("processes", []):
                if process["pid"] == pid:
                    return process
        return None

    return wait_until(found, 60, f"process {pid} on a GPU")["workload"]


def test_a_job_is_known_by_its_processes_and_its_spans(slurm, server, stand_in, agent, tmp_path):
    job, pid = run_job(slurm, server, tmp_path, "", "--job-name=train llama", "--array=3")
    stand_in.play(f"h100\nprocess 0 {pid} 512")
    workload = workload_of(server, pid)
    assert workload["slurm"] == {
        "job_id": job,
        "step": "0",
        "job_name": "train llama",
        "user": "root",
        "partition": slurm.partition,
        "cluster": slurm.cluster,
        "array_job_id": job,
        "array_task_id": "3",
        "rank": "0",
    }
    query = f'axonize_gpu_workload_info{{slurm_job_id="{job}"}}'
    series = wait_until(
        lambda: json.loads(server.run("query", query, "--json").stdout)["data"]["result"], 60, "the series of the job"
    )
    labels = series[0]["metric"]
    assert (labels["slurm_user"], labels["slurm_partition"], labels["slurm_step"]) == ("root", slurm.partition, "0")
    # The power of the job's GPU, by the job.
    joined = (
        "sum by (slurm_job_id) (axonize_gpu_power_watts * on (instance, uuid) group_right axonize_gpu_workload_info)"
    )
    power = json.loads(server.run("query", joined, "--json").stdout)["data"]["result"]
    assert [one["metric"]["slurm_job_id"] for one in power] == [job]
    assert float(power[0]["value"][1]) > 100
    gpu = server.data("/api/v1/gpus")[0]["id"]
    assert f"job {job}.0 train llama (gpu)" in server.run("gpu", gpu).stdout
    assert f"job {job}.0" in server.run("gpus", "--workloads").stdout
    # The span of the job.
    trace = wait_until(
        lambda: server.data("/api/v1/traces?q=%7B%20resource.service.name%20%3D%20%22trainer%22%20%7D&start=-1h"),
        60,
        "the span of the job",
    )[0]
    shown = json.dumps(server.data(f"/api/v1/traces/{trace['trace_id']}"))
    for name, value in {
        "slurm.job.id": job,
        "slurm.user": "root",
        "slurm.partition": slurm.partition,
        "slurm.step.id": "0",
        "slurm.array.task.id": "3",
        "slurm.node.name": slurm.node,
    }.items():
        assert name in shown, f"{name} is not in {shown}"
        assert value in shown
    (tmp_path / "end").touch()
    # A job that has ended is on no GPU.
    stand_in.play("h100\nload idle")
    wait_until(lambda: not server.data("/api/v1/gpus")[0].get("workloads"), 60, "the GPU to be free")


def test_a_program_that_hides_its_job_is_known_by_its_control_group(slurm, server, stand_in, agent, tmp_path):
    if not slurm.has_groups:
        pytest.skip("Slurm has no control groups here: there is no freezer of version 1")
    job, pid = run_job(slurm, server, tmp_path, "env -i SLURM_JOB_ID=1 SLURM_JOB_USER=eve")
    stand_in.play(f"h100\nprocess 0 {pid} 512")
    assert workload_of(server, pid)["slurm"] == {"job_id": job, "step": "0"}
    (tmp_path / "end").touch()
