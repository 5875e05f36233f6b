"""Python runs this at its start: what a library wants to send to another machine fails at once, and is said.

The tests put this folder on PYTHONPATH of every program.
"""

import ipaddress
import os
import socket

connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def is_local(host) -> bool:
    if host in (None, "", "localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse(host):
    with open(os.environ["AXONIZE_TEST_REFUSED"], "a") as log:  # noqa: PTH123
        log.write(f"{host}\n")
    raise OSError(f"the tests allow no connection to {host}")


def guard(function):
    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            refuse(address[0])
        return function(self, address)

    return guarded


def guarded_getaddrinfo(host, *arguments, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if not is_local(name):
        refuse(name)
    return getaddrinfo(host, *arguments, **options)


socket.socket.connect = guard(connect)
socket.socket.connect_ex = guard(connect_ex)
socket.getaddrinfo = guarded_getaddrinfo
