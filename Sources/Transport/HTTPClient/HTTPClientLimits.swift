/// How much a client holds and waits for, per event loop and origin where not said otherwise.
package struct HTTPClientLimits: Sendable {
  /// Connections to one origin; 64.
  package var connectionCountMax = 64
  /// Requests that wait for a connection; 1,024.
  ///
  /// One more is refused.
  package var waitingCountMax = 1024
  /// Looking up, connecting and the TLS handshake, and the wait for a connection to become free; 10 seconds.
  package var connectTimeout: Duration = .seconds(10)
  /// How long an unused connection is kept; 30 seconds, less than servers commonly keep theirs.
  package var keepAliveTimeout: Duration = .seconds(30)
  /// Unread bytes of a response at which reading stops; 256 KiB.
  ///
  /// It resumes at a quarter.
  package var bufferedBytesMax = 256 << 10
  /// How long an address that was looked up is used, in the whole process; 30 seconds.
  package var nameLifetime: Duration = .seconds(30)

  package init() {}
}
