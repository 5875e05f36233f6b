/// What bounds a server.
///
/// Every default is for a server that strangers may reach.
///
/// Where a setting exists, it has the same default; a test compares them.
package struct HTTPServerLimits: Sendable, Hashable {
  /// Connections open at once over all listeners; the next gets a 503 and is closed.
  ///
  /// Default 10,000.
  package var connectionCountMax = 10_000
  /// How many of them one address (IPv6: one /64) may have; 0 is half of all.
  ///
  /// Default 0: a single machine cannot take every connection, while load tests from one machine and proxies still get
  /// thousands.
  package var connectionsPerAddressMax = 0
  /// Bytes of a request's head; each field of HTTP/2 counts 32 bytes more (RFC 9113, section 10.5.1).
  ///
  /// Default 32 KiB.
  package var headBytesMax = 32 << 10
  /// Fields of a request's head.
  ///
  /// Default 100.
  package var headFieldCountMax = 100
  /// HTTP/2 heads beyond these two limits that a connection may send before it is told to go.
  ///
  /// Default 8: a client that is merely misconfigured learns what is wrong, one that burns CPU with them has to
  /// reconnect.
  package var overlargeHeadCountMax = 8
  /// Bytes held for all peers at once: heads, bodies, responses that wait to be read; beyond it requests get 503.
  ///
  /// Peers that have not authenticated get half of it. Default 512 MiB.
  package var heldBytesMax = 512 << 20
  /// How many of them one connection may hold.
  ///
  /// Default 128 MiB: two of the largest bodies.
  package var connectionHeldBytesMax = 128 << 20
  /// Streams of one HTTP/2 connection.
  ///
  /// Default 250.
  package var concurrentStreamsMax: UInt32 = 250
  /// Unread bytes of responses with which an HTTP/2 connection gets no new streams.
  ///
  /// Default 16 MiB.
  package var unreadBytesMax = 16 << 20
  /// Time for a TLS handshake and for a whole head, counted from its first byte.
  ///
  /// A connection whose peer has not authenticated may also rest no longer while more than half of the connections are
  /// used. Default 10 s.
  package var headTimeout: Duration = .seconds(10)
  /// Time that a connection may rest between requests.
  ///
  /// Default 5 min.
  package var idleTimeout: Duration = .seconds(300)
  /// Time without a byte of a body that has been begun.
  ///
  /// Default 30 s.
  package var bodyTimeout: Duration = .seconds(30)
  /// Time from a request's head to its response; streaming routes are free of it.
  ///
  /// Default 60 s.
  package var requestTimeout: Duration = .seconds(60)
  /// Time without a byte taken while responses wait for the peer to read.
  ///
  /// Default 30 s.
  package var writeTimeout: Duration = .seconds(30)
  /// The bytes a second that a peer has to take, on average, of responses that wait for it; the first ``writeTimeout`` is
  /// free.
  ///
  /// Default 16 KiB: a slow mobile network carries that, and 100 MB are gone, with the connection or without, after less
  /// than two hours. What the socket takes at once never waits.
  package var writeBytesPerSecondMin = 16 << 10
  /// Time that an idle connection gets to send one more request when the server drains.
  ///
  /// Default 2 s.
  package var drainIdleTimeout: Duration = .seconds(2)
  /// Time between the last handshake that a draining server lets begin and the end of its listeners: what was begun has
  /// come through by then, if the round trip is shorter.
  ///
  /// Default 100 ms.
  package var handoverDuration: Duration = .milliseconds(100)
  /// Above this many unsent bytes a producer is held back, and HTTP/1 takes no further request.
  ///
  /// Default 256 KiB.
  package var highWaterBytes = 256 << 10
  /// They resume below this many.
  ///
  /// Default 64 KiB.
  package var lowWaterBytes = 64 << 10

  package init() {}
}
