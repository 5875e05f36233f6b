import CAxonizeCore

/// What the sender was told, in memory of its own.
struct Sending {
  var batchSpans: Int
  var batchBytes: Int
  var interval: UInt64
  var timeout: UInt64
  var backoffFirst: UInt64
  var backoffLast: UInt64
  var retries: UInt32
  var port: UInt32
  var compression: UInt32
  var isGRPC: Bool
  var host: UnsafeMutablePointer<CChar>
  var path: UnsafeMutablePointer<CChar>
  var headers: UnsafeMutablePointer<CChar>
  /// Of the proxy; nil without one.
  var proxyHost: UnsafeMutablePointer<CChar>?
  var proxyPort: UInt32
  var proxyHeaders: UnsafeMutablePointer<CChar>
  /// The encoded fields of ResourceSpans before and after the spans.
  var head: UnsafeMutablePointer<UInt8>
  var headSize: Int
  var foot: UnsafeMutablePointer<UInt8>
  var footSize: Int
  /// Room that a batch leaves before and behind its records.
  var gap: Int
  var tail: Int

  /// Heads and tails of scopes that fit into the room; longer ones are copied.
  private static let scopeRoom = 512

  /// Copies settings; nil without memory.
  static func copy(_ settings: UnsafePointer<axz_settings>) -> Sending? {
    guard let host = strdup(settings.pointee.host ?? text("")), let path = strdup(settings.pointee.path ?? text("/")),
      let headers = strdup(settings.pointee.headers ?? text("")),
      let proxyHeaders = strdup(settings.pointee.proxy_headers ?? text(""))
    else { return nil }
    var proxyHost: UnsafeMutablePointer<CChar>?
    if let name = settings.pointee.proxy_host {
      proxyHost = strdup(name)
      if proxyHost == nil { return nil }
    }
    var buffer = axz_buffer()
    axz_buffer_init(&buffer, nil, 0, UInt32(Int32.max))
    guard axz_buffer_string(&buffer, 1, settings.pointee.resource, Int(settings.pointee.resource_size)) else {
      return nil
    }
    let headSize = Int(buffer.used)
    guard appendText(&buffer, 3, settings.pointee.resource_schema), let data = buffer.data else { return nil }
    let footSize = Int(buffer.used) &- headSize
    let spans = max(1, Int(settings.pointee.batch_spans))
    return Sending(
      batchSpans: spans, batchBytes: max(65536, Int(settings.pointee.batch_bytes)),
      interval: max(1_000_000, settings.pointee.interval), timeout: max(1_000_000, settings.pointee.timeout),
      backoffFirst: max(1_000_000, settings.pointee.backoff_first),
      backoffLast: max(1_000_000, settings.pointee.backoff_last), retries: settings.pointee.retries,
      port: settings.pointee.port, compression: settings.pointee.compression,
      isGRPC: settings.pointee.sends == UInt32(AXZ_SENDS_GRPC), host: host, path: path,
      headers: headers, proxyHost: proxyHost, proxyPort: settings.pointee.proxy_port, proxyHeaders: proxyHeaders,
      head: data, headSize: headSize, foot: data + headSize, footSize: footSize,
      gap: gap(headSize), tail: footSize &+ scopeRoom)
  }

  /// Looks up where connections lead: to the proxy, where there is one.
  ///
  /// As ``Addresses/lookUp(_:_:_:now:)``.
  static func lookUp(
    _ sending: UnsafePointer<Sending>, _ addresses: UnsafeMutablePointer<Addresses>, now: UInt64
  ) -> Int32 {
    if let proxy = sending.pointee.proxyHost {
      return Addresses.lookUp(addresses, proxy, sending.pointee.proxyPort, now: now)
    }
    return Addresses.lookUp(addresses, sending.pointee.host, sending.pointee.port, now: now)
  }

  private static func gap(_ headSize: Int) -> Int { Batch.framing &+ headSize &+ scopeRoom }

  /// Puts another resource in the place of the first; false without memory.
  static func replaceResource(
    _ sending: UnsafeMutablePointer<Sending>, _ resource: UnsafePointer<UInt8>?, _ size: Int
  ) -> Bool {
    var buffer = axz_buffer()
    axz_buffer_init(&buffer, nil, 0, UInt32(Int32.max))
    guard axz_buffer_string(&buffer, 1, resource, size) else { return false }
    let headSize = Int(buffer.used)
    guard axz_buffer_append(&buffer, sending.pointee.foot, sending.pointee.footSize), let data = buffer.data else {
      axz_buffer_free(&buffer)
      return false
    }
    free(sending.pointee.head)
    sending.pointee.head = data
    sending.pointee.headSize = headSize
    sending.pointee.foot = data + headSize
    sending.pointee.gap = gap(headSize)
    return true
  }

  static func release(_ sending: UnsafeMutablePointer<Sending>) {
    free(sending.pointee.host)
    free(sending.pointee.path)
    free(sending.pointee.headers)
    free(sending.pointee.proxyHost)
    free(sending.pointee.proxyHeaders)
    free(sending.pointee.head)
  }
}
