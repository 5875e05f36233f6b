/// Takes the chunked transfer coding off a body (RFC 9112, section 7.1).
///
/// Chunk extensions and trailer fields are checked, bounded and dropped.
package struct ChunkedDecoder: Sendable {
  /// What stands next in the input.
  private enum State: Sendable {
    /// The first hexadecimal digit of a size. Can transition to: sizeDigits.
    case sizeStart
    /// More digits. Can transition to: extensions, sizeLineFeed.
    case sizeDigits
    /// `;` and what follows on the line. Can transition to: sizeLineFeed.
    case extensions
    /// The LF after a size. Can transition to: data, trailerStart.
    case sizeLineFeed
    /// Bytes of a chunk. Can transition to: dataCarriageReturn.
    case data
    /// The CR after a chunk. Can transition to: dataLineFeed.
    case dataCarriageReturn
    /// The LF after a chunk. Can transition to: sizeStart.
    case dataLineFeed
    /// The first byte of a trailer line. Can transition to: trailerName, endLineFeed.
    case trailerStart
    /// The name of a trailer field. Can transition to: trailerValue.
    case trailerName
    /// The value of a trailer field. Can transition to: trailerLineFeed.
    case trailerValue
    /// The LF after a trailer field. Can transition to: trailerStart.
    case trailerLineFeed
    /// The LF of the empty line at the end. Can transition to: end.
    case endLineFeed
    case end
  }

  /// Extensions of all chunks together: 16 KiB; nobody uses them, so more is an attack.
  private static let extensionBytesMax = 16 << 10
  /// Trailer fields together: 8 KiB.
  private static let trailerBytesMax = 8 << 10
  /// 15 hexadecimal digits stay below 2^60.
  private static let sizeDigitsMax = 15

  private var state: State = .sizeStart
  private var remaining = 0
  private var digits = 0
  private var extensionBytes = 0
  private var trailerBytes = 0

  package init() {}

  /// What the present chunk has announced and not yet sent.
  var announcedByteCount: Int { if case .data = state { remaining } else { 0 } }

  /// Goes on from an offset and moves it over what was taken.
  package mutating func next(
    _ bytes: Span<UInt8>, from offset: inout Int
  ) throws(HTTP1Error) -> BodyStep {
    while offset < bytes.count {
      if case .end = state { return .end }
      if case .data = state {
        let count = min(remaining, bytes.count - offset)
        let part = offset..<(offset + count)
        offset += count
        remaining -= count
        if remaining == 0 { state = .dataCarriageReturn }
        return .data(part)
      }
      let byte = bytes[offset]
      offset += 1
      try takeControl(byte)
    }
    if case .end = state { return .end }
    return .needsMore
  }

  /// Takes one byte that is not data.
  private mutating func takeControl(_ byte: UInt8) throws(HTTP1Error) {
    switch state {
    case .sizeStart, .sizeDigits: try takeSize(byte)
    case .extensions: try takeExtension(byte)
    case .sizeLineFeed:
      guard byte == 0x0a else { throw .bareCarriageReturn }
      state = remaining == 0 ? .trailerStart : .data
    case .dataCarriageReturn:
      guard byte == 0x0d else { throw .malformedChunk }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == 0x0a else { throw .malformedChunk }
      state = .sizeStart
    case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed: try takeTrailer(byte)
    case .endLineFeed:
      guard byte == 0x0a else { throw .bareCarriageReturn }
      state = .end
    case .data, .end: preconditionFailure("\(state) is not a control state")
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(HTTP1Error) {
    if let digit = Self.hexDigit(byte) {
      if case .sizeStart = state {
        remaining = 0
        digits = 0
      }
      digits += 1
      guard digits <= Self.sizeDigitsMax else { throw .invalidChunkSize }
      remaining = remaining << 4 | digit
      state = .sizeDigits
      return
    }
    guard case .sizeDigits = state else { throw .invalidChunkSize }
    switch byte {
    case 0x0d: state = .sizeLineFeed
    case UInt8(ascii: ";"): state = .extensions
    case 0x0a: throw .bareLineFeed
    default: throw .invalidChunkSize
    }
  }

  private mutating func takeExtension(_ byte: UInt8) throws(HTTP1Error) {
    extensionBytes += 1
    guard extensionBytes <= Self.extensionBytesMax else { throw .chunkExtensionsTooLarge }
    if byte == 0x0d {
      state = .sizeLineFeed
    } else if byte == 0x0a {
      throw .bareLineFeed
    } else if !Characters.isValue(byte) {
      throw .malformedChunk
    }
  }

  private mutating func takeTrailer(_ byte: UInt8) throws(HTTP1Error) {
    trailerBytes += 1
    guard trailerBytes <= Self.trailerBytesMax else { throw .trailersTooLarge }
    switch (state, byte) {
    case (.trailerStart, 0x0d): state = .endLineFeed
    case (.trailerName, UInt8(ascii: ":")): state = .trailerValue
    case (.trailerStart, 0x0a), (.trailerName, 0x0a), (.trailerValue, 0x0a): throw .bareLineFeed
    case (.trailerStart, 0x20), (.trailerStart, 0x09): throw .obsoleteFold
    case (.trailerName, 0x20), (.trailerName, 0x09): throw .spaceBeforeColon
    case (.trailerName, 0x0d): throw .missingColon
    case (.trailerStart, _), (.trailerName, _):
      guard Characters.isToken(byte) else { throw .invalidFieldName }
      state = .trailerName
    case (.trailerValue, 0x0d): state = .trailerLineFeed
    case (.trailerValue, _):
      guard Characters.isValue(byte) else { throw .invalidFieldValue }
    default:
      guard byte == 0x0a else { throw .bareCarriageReturn }
      state = .trailerStart
    }
  }

  private static func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte - 0x30)
    case 0x41...0x46: Int(byte - 0x41 + 10)
    case 0x61...0x66: Int(byte - 0x61 + 10)
    default: nil
    }
  }
}
