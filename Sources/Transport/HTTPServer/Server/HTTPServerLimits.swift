/// What bounds a server. Every default is for a server that strangers may reach.
package struct HTTPServerLimits: Sendable {
  /// Connections open at once over all listeners; the next is told 503 and closed. Default 16,384.
  package var connectionCountMax = 16_384
  /// Bytes of a request's head. Default 32 KiB.
  package var headBytesMax = 32 << 10
  /// Request bodies held in memory at once, over all connections; beyond it requests get 503. Default 512 MiB.
  package var bufferedBytesMax = 512 << 20
  /// Streams of one HTTP/2 connection. Default 250.
  package var concurrentStreamsMax: UInt32 = 250
  /// Time for a TLS handshake and for a whole head, counted from its first byte. Default 10 s.
  package var headTimeout: Duration = .seconds(10)
  /// Time that a connection may rest between requests. Default 75 s.
  package var idleTimeout: Duration = .seconds(75)
  /// Time without a byte of a body that has been begun. Default 30 s.
  package var bodyTimeout: Duration = .seconds(30)
  /// Time from a request's head to its answer; streaming routes are free of it. Default 60 s.
  package var requestTimeout: Duration = .seconds(60)
  /// Time without progress while answers wait for the peer to read. Default 30 s.
  package var writeTimeout: Duration = .seconds(30)
  /// Time that an idle connection gets to send one more request when the server drains. Default 2 s.
  package var drainIdleTimeout: Duration = .seconds(2)
  /// Time between the last handshake that a draining server lets begin and the end of its listeners: what was begun has
  /// come through by then, if the round trip is shorter. Default 100 ms.
  package var handoverDuration: Duration = .milliseconds(100)
  /// A body's producer is held back above this many unsent bytes of a connection or stream. Default 256 KiB.
  package var highWaterBytes = 256 << 10
  /// It goes on below this many. Default 64 KiB.
  package var lowWaterBytes = 64 << 10

  package init() {}
}
