"""Compression of request bodies."""

import zlib
from collections.abc import Callable


def gzip(body: bytes) -> bytes:
    """Compress with the fast level, whose cost is about a third of the default's."""
    compressor = zlib.compressobj(level=1, wbits=31)
    return compressor.compress(body) + compressor.flush()


def compressor(name: str) -> tuple[str, Callable[[bytes], bytes]] | None:
    """The value of Content-Encoding and the function; None when the library for it is not there."""
    if name == "gzip":
        return "gzip", gzip
    if name == "zstd":
        compress = _zstd()
        return None if compress is None else ("zstd", compress)
    return None


def _zstd() -> Callable[[bytes], bytes] | None:
    try:
        import zstandard
    except ImportError:
        return None
    compress: Callable[[bytes], bytes] = zstandard.ZstdCompressor(level=1).compress
    return compress
