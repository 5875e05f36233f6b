"""A kubelet as far as its socket of pod resources goes, and the files of processes that are in pods."""

import pathlib
from concurrent import futures

import grpc

SERVICE = "v1.PodResourcesLister"


def field(number: int, value: bytes | str) -> bytes:
    """A field of bytes of a protobuf message."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def devices(resource: str, ids: list[str]) -> bytes:
    """`ContainerDevices`."""
    return field(1, resource) + b"".join(field(2, one) for one in ids)


class Kubelet:
    """What it says may change: `pods` is a list of namespace, pod, container, resource and device ids."""

    def __init__(self, socket: pathlib.Path):
        self.pods: list[tuple[str, str, str, str, list[str]]] = []
        self.allocatable: list[tuple[str, list[str]]] = []
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(method)
            for name, method in {"List": self._list, "GetAllocatableResources": self._allocatable}.items()
        }
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
        self.server.add_insecure_port(f"unix:{socket}")

    def start(self):
        self.server.start()
        return self

    def stop(self):
        self.server.stop(None).wait()

    def _list(self, _request, _context) -> bytes:
        message = b""
        for namespace, pod, container, resource, ids in self.pods:
            held = field(1, container) + field(2, devices(resource, ids))
            message += field(1, field(1, pod) + field(2, namespace) + field(3, held))
        return message

    def _allocatable(self, _request, _context) -> bytes:
        return b"".join(field(1, devices(resource, ids)) for resource, ids in self.allocatable)


def write_process(proc: pathlib.Path, pid: int, name: str, group: str):
    """The files of proc(5) of a process in a control group."""
    folder = proc / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_text(f"{pid} ({name}) S " + "0 " * 18 + "77 1 1\n")
    (folder / "cgroup").write_text(f"0::{group}\n")
    (folder / "environ").write_text("")
