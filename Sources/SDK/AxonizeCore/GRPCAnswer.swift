import CAxonizeCore

/// The answer to a call of gRPC, as far as it has come.
struct GRPCAnswer {
  /// Whether a header that is not only interim has come.
  var hasHead = false
  var httpStatus: UInt32 = 0
  var hasStatus = false
  var status: UInt32 = 0
  var hasRetryInfo = false
  /// Nanoseconds that the receiver asks to wait.
  var pause: UInt64 = 0
  /// The message with its prefix.
  var message = axz_buffer()
  /// Whether the whole request was sent when the answer was complete, so that the connection can be used again.
  var isRequestSent = false

  /// Greatest size of an answer's message; those of OTLP have a few bytes.
  static let messageSizeMax = 1 << 20
}

extension GRPCAnswer {
  /// Adds to the message; false when it outgrows what we read.
  static func append(
    _ answer: UnsafeMutablePointer<GRPCAnswer>, _ bytes: UnsafePointer<UInt8>, _ size: Int
  ) -> Bool {
    axz_buffer_append(&answer.pointee.message, bytes, size)
  }

  /// Reads a header or trailers; false for what breaks the rules.
  static func take(
    _ answer: UnsafeMutablePointer<GRPCAnswer>, _ block: axz_buffer, endsStream: Bool, _ huffman: Huffman,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    // Trailers end the stream, whatever they say.
    if answer.pointee.hasHead, !endsStream { return false }
    guard let bytes = block.data else { return false }
    var reader = HeaderBlockReader(bytes, Int(block.used), huffman, scratch)
    var field = HeaderField(name: bytes, value: bytes)
    var httpStatus: UInt32 = 0
    while true {
      switch HeaderBlockReader.next(&reader, &field) {
      case .malformed: return false
      case .end:
        if answer.pointee.hasHead { return true }
        // An interim answer (RFC 9110, 15.2) is followed by the real one.
        if httpStatus >= 100, httpStatus < 200 { return !endsStream }
        guard httpStatus >= 200 else { return false }
        answer.pointee.httpStatus = httpStatus
        answer.pointee.hasHead = true
        return true
      case .field:
        if HeaderField.hasName(&field, ":status") {
          guard let number = HeaderField.number(&field), !answer.pointee.hasHead else { return false }
          httpStatus = number
        } else {
          note(answer, &field, scratch)
        }
      }
    }
  }

  private static func note(
    _ answer: UnsafeMutablePointer<GRPCAnswer>, _ field: UnsafePointer<HeaderField>,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    if HeaderField.hasName(field, "grpc-status") {
      answer.pointee.hasStatus = true
      answer.pointee.status = HeaderField.number(field) ?? GRPCStatus.unknown
    } else if HeaderField.hasName(field, "grpc-status-details-bin") {
      // Decoded where it may be written: the field is not read again.
      if scratch != UnsafeMutablePointer(mutating: field.pointee.value) {
        memmove(scratch, field.pointee.value, field.pointee.valueSize)
      }
      if let pause = GRPCStatus.pause(scratch, field.pointee.valueSize) {
        answer.pointee.hasRetryInfo = true
        answer.pointee.pause = pause
      }
    }
  }

  /// What a complete answer comes to.
  static func result(_ answer: UnsafePointer<GRPCAnswer>, keepsConnection: Bool) -> axz_answer {
    let isGRPC = answer.pointee.hasStatus
    // Without a status of gRPC an answer of HTTP says what went wrong; one that says it was fine has lost its end.
    let status = isGRPC ? answer.pointee.status : GRPCStatus.ofHTTP(answer.pointee.httpStatus)
    var result = axz_answer()
    result.verdict = GRPCStatus.verdict(status, hasRetryInfo: answer.pointee.hasRetryInfo)
    result.status = isGRPC || answer.pointee.httpStatus == 200 ? status : answer.pointee.httpStatus
    result.pause = answer.pointee.pause
    result.keeps_connection = keepsConnection
    // A message that is compressed, though we did not say that we read any, is left unread.
    let prefix = Channel.prefixSize
    let size = Int(answer.pointee.message.used)
    if let data = answer.pointee.message.data, size >= prefix, data[0] == 0 {
      result.content = UnsafePointer(data + prefix)
      result.content_size = min(size &- prefix, Int(Frame.number(data + 1)))
    }
    return result
  }
}
