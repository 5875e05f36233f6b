/// Limits of texts and bytes inside of values, and what they cut.
struct ValueLimits: Sendable {
  /// Code points of a text; nil: any number.
  var characters: Int?
  /// Bytes of a text or of bytes.
  var bytes: Int

  static let unlimited = ValueLimits(characters: nil, bytes: .max)
}

/// Writes attributes as KeyValue messages (opentelemetry/proto/common/v1/common.proto).
struct ValueEncoder {
  let limits: ValueLimits
  /// Values that were cut.
  private(set) var truncated = 0
  /// Attributes beyond the greatest number.
  private(set) var dropped = 0

  /// Values within values beyond this become their description.
  static let depthMax = 8

  init(limits: ValueLimits) { self.limits = limits }

  /// The content of an AnyValue: string 1, bool 2, int 3, double 4, array 5, map 6, bytes 7.
  mutating func value(_ value: AttributeValue, depth: Int = 0) -> [UInt8] {
    var message = ProtobufBytes()
    switch value {
    case .string(let text): message.string(1, cut(text))
    case .bool(let isTrue): message.number(2, isTrue ? 1 : 0)
    case .int(let number): message.number(3, UInt64(bitPattern: number))
    case .double(let number): message.double(4, number)
    case .array(let elements) where depth < Self.depthMax:
      var list = ProtobufBytes()
      for element in elements { list.data(1, self.value(element, depth: depth + 1)) }
      message.data(5, list.bytes)
    case .map(let attributes) where depth < Self.depthMax:
      var list = ProtobufBytes()
      for pair in attributes.pairs { list.data(1, self.pair(pair, depth: depth + 1)) }
      message.data(6, list.bytes)
    case .array, .map: message.string(1, cut("\(value)"))
    case .bytes(let bytes):
      if bytes.count > limits.bytes { truncated += 1 }
      message.data(7, bytes.prefix(limits.bytes))
    case .empty: break
    }
    return message.bytes
  }

  /// A KeyValue: key 1, value 2.
  private mutating func pair(_ pair: Attributes.Pair, depth: Int) -> [UInt8] {
    var message = ProtobufBytes()
    message.string(1, pair.key)
    message.data(2, value(pair.value, depth: depth))
    return message.bytes
  }

  /// KeyValue fields of a number; empty keys are left out, and what exceeds `countMax` is counted as dropped.
  mutating func attributes(_ attributes: Attributes, field: UInt32, countMax: Int) -> [UInt8] {
    var message = ProtobufBytes()
    var count = 0
    for pair in attributes.pairs where !pair.key.isEmpty {
      guard count < countMax else {
        dropped += 1
        continue
      }
      message.data(field, self.pair(pair, depth: 0))
      count += 1
    }
    return message.bytes
  }

  /// A text cut to the limits, never inside a code point.
  private mutating func cut(_ text: String) -> Substring {
    let kept = text.cut(characters: limits.characters, bytes: limits.bytes)
    if kept.endIndex < text.endIndex { truncated += 1 }
    return kept
  }
}

extension String {
  /// The beginning of a text that keeps to a number of code points and of UTF-8 bytes.
  func cut(characters: Int?, bytes: Int) -> Substring {
    // A text has at most as many code points as bytes.
    let size = utf8.count
    if size <= min(bytes, characters ?? .max) { return self[...] }
    var end = unicodeScalars.startIndex
    var used = 0
    var left = characters ?? .max
    while end < unicodeScalars.endIndex, left > 0 {
      used += UTF8.width(unicodeScalars[end])
      if used > bytes { break }
      end = unicodeScalars.index(after: end)
      left -= 1
    }
    return self[..<end]
  }
}
