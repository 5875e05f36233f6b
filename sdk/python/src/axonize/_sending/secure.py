"""HTTP/1.1 over TLS."""

import http.client
import ssl

from axonize._sending.plain import Answer
from axonize._sending.proxy import Proxy


class SecureConnection:
    """As ``PlainConnection``, over TLS."""

    def __init__(self, host: str, port: int, timeout: float, tls: ssl.SSLContext, proxy: Proxy | None = None) -> None:
        if proxy is None:
            self._connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=tls)
        else:
            self._connection = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=timeout, context=tls)
            self._connection.set_tunnel(host, port, proxy.headers)

    def post(self, path: str, headers: dict[str, str], body: bytes, reply_max: int) -> Answer:
        """As ``PlainConnection.post``."""
        try:
            self._connection.request("POST", path, body, headers)
            response = self._connection.getresponse()
            content = response.read(reply_max)
            will_close = bool(response.read(1)) or response.will_close
        except http.client.HTTPException as error:
            if isinstance(error, OSError):
                raise
            raise ConnectionError(f"not an HTTP answer: {error!r}") from error
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, content, will_close)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
