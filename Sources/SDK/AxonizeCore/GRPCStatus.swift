import CAxonizeCore

/// Codes of gRPC (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md) and what OTLP does with them.
enum GRPCStatus {
  static let ok: UInt32 = 0
  static let cancelled: UInt32 = 1
  static let unknown: UInt32 = 2
  static let permissionDenied: UInt32 = 7
  static let resourceExhausted: UInt32 = 8
  static let unimplemented: UInt32 = 12
  static let `internal`: UInt32 = 13
  static let unavailable: UInt32 = 14
  static let unauthenticated: UInt32 = 16

  /// The code of an answer that has none (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).
  static func ofHTTP(_ status: UInt32) -> UInt32 {
    switch status {
    case 400: GRPCStatus.internal
    case 401: unauthenticated
    case 403: permissionDenied
    case 404: unimplemented
    case 429, 502, 503, 504: unavailable
    default: unknown
    }
  }

  /// What to do with the request (https://opentelemetry.io/docs/specs/otlp/#failures): RESOURCE_EXHAUSTED is repeated only
  /// where the receiver says after which time.
  static func verdict(_ status: UInt32, hasRetryInfo: Bool) -> UInt32 {
    switch status {
    case ok: UInt32(AXZ_VERDICT_TAKEN)
    // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
    case cancelled, 4, 10, 11, unavailable, 15: UInt32(AXZ_VERDICT_LATER)
    case resourceExhausted where hasRetryInfo: UInt32(AXZ_VERDICT_LATER)
    default: UInt32(AXZ_VERDICT_REFUSED)
    }
  }

  /// The pause that a google.rpc.Status in base64 asks for, in nanoseconds, decoded in place; nil without RetryInfo.
  static func pause(_ text: UnsafeMutablePointer<UInt8>, _ size: Int) -> UInt64? {
    guard let decoded = decodeBase64(text, size) else { return nil }
    let end = UnsafePointer(text) + decoded
    var place = UnsafePointer(text)
    while let (tag, next) = readVarint(place, end) {
      // Status: details 3. Any: type_url 1, value 2.
      if tag == 3 << 3 | 2, let (length, detail) = readVarint(next, end), length <= UInt64(end - detail) {
        let detailEnd = detail + Int(length)
        if let pause = retryDelay(detail, detailEnd) { return pause }
        place = detailEnd
        continue
      }
      guard let after = Response.skip(tag, next, end) else { return nil }
      place = after
    }
    return nil
  }

  /// RetryInfo: retry_delay 1.
  ///
  /// Duration: seconds 1, nanos 2.
  private static func retryDelay(_ detail: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt64? {
    let type: StaticString = "type.googleapis.com/google.rpc.RetryInfo"
    guard let name = Response.lengthDelimited(detail, end, field: 1), name.size == type.utf8CodeUnitCount,
      memcmp(name.place, type.utf8Start, name.size) == 0,
      let info = Response.lengthDelimited(detail, end, field: 2)
    else { return nil }
    guard let delay = Response.lengthDelimited(info.place, info.place + info.size, field: 1) else { return 0 }
    let delayEnd = delay.place + delay.size
    let seconds = Response.number(delay.place, delayEnd, field: 1) ?? 0
    let nanoseconds = Response.number(delay.place, delayEnd, field: 2) ?? 0
    // Less than nothing is written as a number beyond 63 bits.
    guard seconds < 1 << 62, nanoseconds < 1_000_000_000 else { return 0 }
    return min(seconds, 3600) &* 1_000_000_000 &+ nanoseconds
  }

  /// Decodes base64, with or without padding, in place; the size of what it said, nil for what is none.
  static func decodeBase64(_ text: UnsafeMutablePointer<UInt8>, _ size: Int) -> Int? {
    var bits: UInt32 = 0
    var count = 0
    var written = 0
    var index = 0
    while index < size, text[index] != 61 {
      guard let value = sextet(text[index]) else { return nil }
      bits = bits &<< 6 | value
      count &+= 6
      if count >= 8 {
        count &-= 8
        text[written] = UInt8(truncatingIfNeeded: bits &>> UInt32(count))
        written &+= 1
      }
      index &+= 1
    }
    return written
  }

  private static func sextet(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 65...90: UInt32(byte) &- 65
    case 97...122: UInt32(byte) &- 71
    case 48...57: UInt32(byte) &+ 4
    case 43, 45: 62
    case 47, 95: 63
    default: nil
    }
  }
}
