"""The transport that a configuration asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from axonize._configuration import Configuration
from axonize._sending.export_thread import COMPRESSION
from axonize._sending.http import HTTPTransport
from axonize._sending.transport import Transport

if TYPE_CHECKING:
    import ssl


def trace_transport(configuration: Configuration, note: Callable[[int, int, int], object]) -> Transport:
    """The transport of traces from a Python thread: TLS or gRPC."""
    if configuration.protocol == "grpc":
        from axonize._sending.grpc import TRACES

        return _grpc(configuration, TRACES)
    return _http(configuration, configuration.endpoint.path, lambda: note(COMPRESSION, 0, 0))


def metrics_transport(configuration: Configuration) -> Transport:
    """The transport of metrics."""
    if configuration.protocol == "grpc":
        from axonize._sending.grpc import METRICS

        return _grpc(configuration, METRICS)
    return _http(configuration, configuration.endpoint.metrics_path, None)


def _http(configuration: Configuration, path: str, on_missing: Callable[[], object] | None) -> HTTPTransport:
    endpoint = configuration.endpoint
    return HTTPTransport(
        endpoint.host,
        endpoint.port,
        path,
        dict(configuration.headers),
        configuration.compression,
        configuration.timeout,
        _tls(configuration),
        on_missing,
    )


def _tls(configuration: Configuration) -> ssl.SSLContext | None:
    if not configuration.endpoint.is_tls:
        return None
    import ssl

    context = ssl.create_default_context(cafile=configuration.ca_file)
    if configuration.client_certificate:
        context.load_cert_chain(configuration.client_certificate, configuration.client_key)
    return context


def _grpc(configuration: Configuration, method: str) -> Transport:
    from axonize._sending.grpc import GRPCTransport

    endpoint = configuration.endpoint
    credentials = None
    if endpoint.is_tls:
        files = (configuration.ca_file, configuration.client_key, configuration.client_certificate)
        root, key, chain = (Path(name).read_bytes() if name else None for name in files)
        credentials = (root, key, chain)
    return GRPCTransport(
        endpoint.host,
        endpoint.port,
        dict(configuration.headers),
        configuration.compression,
        configuration.timeout,
        credentials,
        method,
    )
