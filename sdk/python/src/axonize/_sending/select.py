"""The transport that a configuration asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from axonize import _core
from axonize._configuration import Configuration
from axonize._sending.export_thread import COMPRESSION
from axonize._sending.http import HTTPTransport
from axonize._sending.proxy import proxy_for
from axonize._sending.transport import Transport
from axonize._settings import CoreSettings
from axonize._warn import warn_first

if TYPE_CHECKING:
    import ssl


TRACES_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS_METHOD = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


def with_usable_protocol(configuration: Configuration) -> Configuration:
    """The configuration, with HTTP instead of gRPC where gRPC cannot be spoken: then with a warning.

    Without TLS the native core speaks gRPC; everything else needs grpcio.
    """
    endpoint = configuration.endpoint
    is_native = _core.core_name == "native" and not endpoint.is_tls
    if configuration.protocol != "grpc" or is_native:
        return configuration
    try:
        import_module("grpc")
    except ImportError:
        reason = "over TLS" if endpoint.is_tls else "with the core in Python"
        warn_first(
            "grpc",
            "gRPC %s needs the package grpcio (pip install grpcio); spans go to %s over HTTP",
            reason,
            endpoint.authority,
        )
        proxy = proxy_for(endpoint.host, endpoint.port, endpoint.is_tls, "http/protobuf")
        return replace(configuration, protocol="http/protobuf", proxy=proxy)
    return configuration


def traces_path(configuration: Configuration) -> str:
    """Where spans go at the receiver: a path, over gRPC a method."""
    return TRACES_METHOD if configuration.protocol == "grpc" else configuration.endpoint.path


def header_lines(configuration: Configuration) -> str:
    """The headers as a core reads them."""
    return "".join(f"{name}: {value}\r\n" for name, value in configuration.headers.items())


def proxy_settings(configuration: Configuration) -> dict[str, Any]:
    """The proxy as a core's settings have it."""
    proxy = configuration.proxy
    if proxy is None:
        return {}
    lines = "".join(f"{name}: {value}\r\n" for name, value in proxy.headers.items())
    return {"proxy_host": proxy.host, "proxy_port": proxy.port, "proxy_headers": lines}


def trace_transport(configuration: Configuration, note: Callable[[int, int, int, str], object]) -> Transport:
    """The transport of traces from a Python thread: over TLS."""
    if configuration.protocol == "grpc":
        return _grpc(configuration, TRACES_METHOD)
    return _http(configuration, configuration.endpoint.path, lambda: note(COMPRESSION, 0, 0, ""))


def metrics_transport(configuration: Configuration) -> Transport:
    """The transport of metrics."""
    if configuration.protocol == "grpc":
        return _grpc(configuration, METRICS_METHOD)
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
        configuration.proxy,
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
    endpoint = configuration.endpoint
    if _core.core_name == "native" and not endpoint.is_tls:
        from axonize._sending.native import NativeTransport

        return NativeTransport(
            CoreSettings(
                sender="grpc",
                host=endpoint.host,
                port=endpoint.port,
                path=method,
                headers=header_lines(configuration),
                **proxy_settings(configuration),
                compression=cast(Any, configuration.compression),
                timeout=configuration.timeout,
            )
        )
    from axonize._sending.grpc import GRPCTransport

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
        configuration.proxy,
    )
