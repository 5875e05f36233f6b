import CAxonizeCore

/// An answer of the receiver, read from the bytes that have come so far (RFC 9112).
struct Response {
  var status: UInt32 = 0
  /// Seconds of Retry-After; 0: none.
  var retryAfter: UInt64 = 0
  var keepsConnection = true
  /// The content, inside the bytes that were read.
  var contentOffset = 0
  var contentSize = 0
}

/// How reading an answer ended.
enum ResponseOutcome: UInt8 {
  case unfinished, whole, malformed
}

/// Greatest size of an answer; the content of a successful one is a few bytes.
let responseBytesMax = 65536

extension Response {
  /// Reads `size` bytes; `isAtEnd` when the peer has closed the connection.
  ///
  /// Chunks are put together in place.
  static func parse(
    _ bytes: UnsafeMutablePointer<UInt8>, _ size: Int, isAtEnd: Bool, _ response: UnsafeMutablePointer<Response>
  ) -> ResponseOutcome {
    var start = 0
    while true {
      guard let headEnd = endOfHead(bytes, start, size) else {
        return size >= responseBytesMax || isAtEnd ? .malformed : .unfinished
      }
      response.pointee = Response()
      guard let status = statusCode(bytes + start, headEnd &- start) else { return .malformed }
      if status >= 200 {
        response.pointee.status = status
        return content(bytes, start, headEnd, size, isAtEnd: isAtEnd, response)
      }
      // An interim answer (RFC 9110, 15.2) is followed by the real one.
      start = headEnd
    }
  }

  /// The offset behind the empty line.
  static func endOfHead(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ size: Int) -> Int? {
    var index = start &+ 3
    while index < size {
      if bytes[index] == 10, bytes[index &- 1] == 13, bytes[index &- 2] == 10, bytes[index &- 3] == 13 {
        return index &+ 1
      }
      index &+= 1
    }
    return nil
  }

  /// "HTTP/1.x nnn".
  static func statusCode(_ line: UnsafePointer<UInt8>, _ size: Int) -> UInt32? {
    guard size >= 12, memcmp(line, text("HTTP/1."), 7) == 0, line[8] == 32 else { return nil }
    var status: UInt32 = 0
    for index in 9..<12 {
      guard line[index] >= 48, line[index] <= 57 else { return nil }
      status = status &* 10 &+ UInt32(line[index] &- 48)
    }
    return status
  }

  private static func content(
    _ bytes: UnsafeMutablePointer<UInt8>, _ start: Int, _ headEnd: Int, _ size: Int, isAtEnd: Bool,
    _ response: UnsafeMutablePointer<Response>
  ) -> ResponseOutcome {
    let head = bytes + start
    let headSize = headEnd &- start
    // HTTP/1.0 closes unless told otherwise.
    response.pointee.keepsConnection = head[7] == 49
    if let value = field(head, headSize, "connection"), starts(value.place, value.size, "close") {
      response.pointee.keepsConnection = false
    }
    if let value = field(head, headSize, "retry-after") {
      // A date instead of seconds is read as 0: then the usual pause is kept.
      response.pointee.retryAfter = number(value.place, value.size) ?? 0
    }
    response.pointee.contentOffset = headEnd
    if response.pointee.status == 204 || response.pointee.status == 304 { return .whole }
    if let value = field(head, headSize, "transfer-encoding"), starts(value.place, value.size, "chunked") {
      return chunks(bytes, headEnd, size, isAtEnd: isAtEnd, response)
    }
    let available = size &- headEnd
    if let value = field(head, headSize, "content-length") {
      guard let length = number(value.place, value.size), length < UInt64(Int32.max) else { return .malformed }
      if available >= Int(length) {
        response.pointee.contentSize = Int(length)
        if available > Int(length) { response.pointee.keepsConnection = false }
        return .whole
      }
    } else {
      response.pointee.keepsConnection = false
    }
    // The status says enough when the content is longer than anybody would read.
    if isAtEnd || size >= responseBytesMax {
      response.pointee.keepsConnection = false
      response.pointee.contentSize = available
      return .whole
    }
    return .unfinished
  }

  /// RFC 9112, 7.1: sizes in hexadecimal, extensions after ';', trailers until an empty line.
  private static func chunks(
    _ bytes: UnsafeMutablePointer<UInt8>, _ headEnd: Int, _ size: Int, isAtEnd: Bool,
    _ response: UnsafeMutablePointer<Response>
  ) -> ResponseOutcome {
    let incomplete: ResponseOutcome = isAtEnd || size >= responseBytesMax ? .malformed : .unfinished
    // First whether all is there, since putting chunks together destroys the framing.
    var pass = 0
    while pass < 2 {
      let copies = pass == 1
      pass &+= 1
      var place = headEnd
      var target = headEnd
      while true {
        var length = 0
        var digits = 0
        while place < size, let digit = hexadecimal(bytes[place]) {
          length = length &* 16 &+ digit
          digits &+= 1
          place &+= 1
          if digits > 8 { return .malformed }
        }
        guard let next = lineEnd(bytes, place, size) else { return incomplete }
        if digits == 0 { return .malformed }
        place = next
        if length == 0 { break }
        guard length <= size &- place &- 2 else { return incomplete }
        if copies { memmove(bytes + target, bytes + place, length) }
        target &+= length
        place &+= length &+ 2
      }
      // Trailers, and the empty line.
      while true {
        guard let next = lineEnd(bytes, place, size) else { return incomplete }
        let isEmpty = next &- place == 2
        place = next
        if isEmpty { break }
      }
      if copies { response.pointee.contentSize = target &- headEnd }
    }
    return .whole
  }

  private static func lineEnd(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ size: Int) -> Int? {
    var index = start &+ 1
    while index < size {
      if bytes[index] == 10, bytes[index &- 1] == 13 { return index &+ 1 }
      index &+= 1
    }
    return nil
  }

  private static func hexadecimal(_ byte: UInt8) -> Int? {
    switch byte {
    case 48...57: Int(byte) &- 48
    case 65...70: Int(byte) &- 55
    case 97...102: Int(byte) &- 87
    default: nil
    }
  }

  /// The value of a header field; `name` is in lower case.
  private static func field(
    _ head: UnsafePointer<UInt8>, _ size: Int, _ name: StaticString
  ) -> (place: UnsafePointer<UInt8>, size: Int)? {
    let count = name.utf8CodeUnitCount
    var line = 0
    while let next = lineEnd(head, line, size) {
      if next &- line > count, head[line &+ count] == 58, starts(head + line, count, name) {
        var begin = line &+ count &+ 1
        var end = next &- 2
        while begin < end, head[begin] == 32 || head[begin] == 9 { begin &+= 1 }
        while end > begin, head[end &- 1] == 32 || head[end &- 1] == 9 { end &-= 1 }
        return (head + begin, end &- begin)
      }
      line = next
    }
    return nil
  }

  /// Compares without regard to the case of letters.
  private static func starts(_ bytes: UnsafePointer<UInt8>, _ size: Int, _ prefix: StaticString) -> Bool {
    let count = prefix.utf8CodeUnitCount
    guard size >= count else { return false }
    var index = 0
    while index < count {
      let byte = bytes[index]
      let lower = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
      if lower != prefix.utf8Start[index] { return false }
      index &+= 1
    }
    return true
  }

  private static func number(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> UInt64? {
    guard size > 0, size < 19 else { return nil }
    var value: UInt64 = 0
    for index in 0..<size {
      guard bytes[index] >= 48, bytes[index] <= 57 else { return nil }
      value = value &* 10 &+ UInt64(bytes[index] &- 48)
    }
    return value
  }

  /// What to do with the request, and what of the answer says it.
  static func answer(_ response: Response, _ received: UnsafePointer<UInt8>?) -> axz_answer {
    var answer = axz_answer()
    answer.status = response.status
    switch response.status {
    case 200..<300: answer.verdict = UInt32(AXZ_VERDICT_TAKEN)
    // The retryable codes of https://opentelemetry.io/docs/specs/otlp/#failures-1
    case 429, 502, 503, 504: answer.verdict = UInt32(AXZ_VERDICT_LATER)
    default: answer.verdict = UInt32(AXZ_VERDICT_REFUSED)
    }
    answer.pause = min(response.retryAfter, 3600) &* 1_000_000_000
    answer.keeps_connection = response.keepsConnection
    if let received, response.contentSize > 0 {
      answer.content = received + response.contentOffset
      answer.content_size = response.contentSize
    }
    return answer
  }

  /// rejected_spans of an ExportTraceServiceResponse: partial_success 1, rejected_spans 1; 0 when there is none.
  static func rejectedSpans(_ content: UnsafePointer<UInt8>, _ size: Int) -> UInt64 {
    let end = content + size
    guard let partial = lengthDelimited(content, end, field: 1) else { return 0 }
    return number(partial.place, partial.place + partial.size, field: 1) ?? 0
  }

  /// The first varint with a field's number in a message.
  static func number(_ begin: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, field: UInt64) -> UInt64? {
    var place = begin
    while let (tag, next) = readVarint(place, end) {
      if tag == field << 3 { return readVarint(next, end)?.0 }
      guard let after = skip(tag, next, end) else { return nil }
      place = after
    }
    return nil
  }

  static func lengthDelimited(
    _ begin: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, field: UInt64
  ) -> (place: UnsafePointer<UInt8>, size: Int)? {
    var place = begin
    while let (tag, next) = readVarint(place, end) {
      if tag == field << 3 | 2, let (size, content) = readVarint(next, end), size <= UInt64(end - content) {
        return (content, Int(size))
      }
      guard let after = skip(tag, next, end) else { return nil }
      place = after
    }
    return nil
  }

  static func skip(
    _ tag: UInt64, _ place: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    switch tag & 7 {
    case 0: return readVarint(place, end)?.1
    case 1: return end - place >= 8 ? place + 8 : nil
    case 2:
      guard let (size, content) = readVarint(place, end), size <= UInt64(end - content) else { return nil }
      return content + Int(size)
    case 5: return end - place >= 4 ? place + 4 : nil
    default: return nil
    }
  }
}
