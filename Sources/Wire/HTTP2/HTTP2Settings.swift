/// What a server tells its peers about itself (RFC 9113, section 6.5.2).
package struct HTTP2Settings: Sendable {
  /// Streams a peer may have open at once.
  ///
  /// Default 250: gRPC clients multiplex, browsers use about 100.
  package var concurrentStreamsMax: UInt32 = 250
  /// Body bytes a peer may send on a stream before we consumed any.
  ///
  /// Default 1 MiB: a usual OTLP batch fits whole.
  package var streamWindowBytes: UInt32 = 1 << 20
  /// The same for the connection.
  ///
  /// Default 4 MiB.
  package var connectionWindowBytes: UInt32 = 4 << 20
  /// Advisory size of a header list.
  ///
  /// Default 64 KiB.
  package var headerListBytesMax: UInt32 = 64 << 10
  /// The largest frame we accept.
  ///
  /// Default 64 KiB: fewer frames for the same body.
  package var frameBytesMax: UInt32 = 64 << 10

  package init() {}
}
