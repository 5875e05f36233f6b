"""What is known of the process, its host, container and job (OpenTelemetry's resource conventions)."""

import os
import platform
import re
import socket
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from axonize._encoding.values import attributes as encode_attributes
from axonize._version import __version__

# Roots of the file system, to be replaced in tests.
_PROC = Path("/proc")
_ETC = Path("/etc")
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_CONTAINER_ID = re.compile(r"(?:^|[/\-_.:])([0-9a-f]{64})(?:\.scope)?(?:$|[/\n])")
# In the path of a control group, or of what the kubelet mounts into the container.
_POD_UID = re.compile(r"(?:pod|/pods/)([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})")
_POD_CONTAINER = re.compile(r"/pods/[0-9a-f-]{36}/containers/([a-z0-9-]{1,63})/")
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}

# Environment of Slurm (https://slurm.schedmd.com/sbatch.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES).
_SLURM = {
    "SLURM_JOB_ID": "slurm.job.id",
    "SLURM_JOB_NAME": "slurm.job.name",
    "SLURM_JOB_PARTITION": "slurm.partition",
    "SLURM_JOB_USER": "slurm.user",
    "SLURM_CLUSTER_NAME": "slurm.cluster.name",
    "SLURM_ARRAY_JOB_ID": "slurm.array.job.id",
    "SLURM_ARRAY_TASK_ID": "slurm.array.task.id",
    "SLURM_STEP_ID": "slurm.step.id",
    "SLURM_PROCID": "slurm.process.rank",
    "SLURM_LOCALID": "slurm.process.local_rank",
    "SLURMD_NODENAME": "slurm.node.name",
}

# By the downward API; the names are what most charts use.
_KUBERNETES = {
    "k8s.pod.name": ("K8S_POD_NAME", "POD_NAME"),
    "k8s.pod.uid": ("K8S_POD_UID", "POD_UID"),
    "k8s.namespace.name": ("K8S_NAMESPACE_NAME", "POD_NAMESPACE"),
    "k8s.node.name": ("K8S_NODE_NAME", "NODE_NAME"),
    "k8s.container.name": ("K8S_CONTAINER_NAME", "CONTAINER_NAME"),
}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:65536]
    except OSError:
        # Not this kind of system.
        return ""


def host() -> dict[str, Any]:
    """The machine."""
    found: dict[str, Any] = {
        "host.name": socket.gethostname(),
        "host.arch": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os.type": platform.system().lower(),
    }
    machine = _read(_ETC / "machine-id").strip()
    if machine:
        found["host.id"] = machine
    return found


def process() -> dict[str, Any]:
    """The process; its arguments may hold secrets and stay out."""
    return {
        "process.pid": os.getpid(),
        "process.executable.name": Path(sys.executable).name if sys.executable else "python",
        "process.runtime.name": sys.implementation.name,
        "process.runtime.version": platform.python_version(),
        "service.instance.id": str(uuid.uuid4()),
    }


def container() -> dict[str, Any]:
    """The id of the container, from the control group or the mounts.

    In Kubernetes the mounts are those of the pod's sandbox, which has an id of its own.
    """
    for name in ("cgroup",) if _is_in_kubernetes() else ("cgroup", "mountinfo"):
        for line in _read(_PROC / "self" / name).splitlines():
            if name == "mountinfo" and "/containers/" not in line:
                continue
            # A node may be a container itself; then the inner one is the last.
            found = _CONTAINER_ID.findall(line)
            if found:
                return {"container.id": found[-1]}
    return {}


def _is_in_kubernetes() -> bool:
    return "KUBERNETES_SERVICE_HOST" in os.environ


def kubernetes() -> dict[str, Any]:
    """The pod, as far as it is known."""
    if not _is_in_kubernetes():
        return {}
    found: dict[str, Any] = {}
    for key, names in _KUBERNETES.items():
        value = next((os.environ[name] for name in names if os.environ.get(name)), None)
        if value:
            found[key] = value
    found.setdefault("k8s.pod.name", os.environ.get("HOSTNAME") or socket.gethostname())
    namespace = _read(_SERVICE_ACCOUNT / "namespace").strip()
    if namespace:
        found.setdefault("k8s.namespace.name", namespace)
    mounts = _read(_PROC / "self" / "mountinfo")
    uid = _POD_UID.search(_read(_PROC / "self" / "cgroup") + mounts)
    if uid:
        found.setdefault("k8s.pod.uid", uid.group(1).replace("_", "-"))
    name = _POD_CONTAINER.search(mounts)
    if name:
        found.setdefault("k8s.container.name", name.group(1))
    return found


def slurm() -> dict[str, Any]:
    """The job."""
    return {key: os.environ[name] for name, key in _SLURM.items() if os.environ.get(name)}


def node() -> dict[str, Any]:
    """The node as the operator calls it."""
    value = os.environ.get("AXONIZE_NODE_ID", "").strip()
    return {"node.id": value} if value else {}


def detect(service_name: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """All attributes of the resource; what the user gave counts before what was found."""
    found: dict[str, Any] = {
        "telemetry.sdk.name": "axonize",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": __version__,
    }
    for detector in (host, process, container, kubernetes, slurm, node):
        found.update(detector())
    found.update(given)
    executable = found["process.executable.name"]
    found["service.name"] = service_name or found.get("service.name") or f"unknown_service:{executable}"
    return found


def encode(resource: Mapping[str, Any]) -> bytes:
    """An encoded opentelemetry.proto.resource.v1.Resource (attributes 1)."""
    return encode_attributes(b"\x0a", resource, 1024)[0]


def of_process(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The same resource in a forked child: another process and another instance of the service."""
    inherited = dict(resource)
    for key, value in process().items():
        if key in inherited:
            inherited[key] = value
    return inherited
