package import Base
package import HTTPTypes

/// The place where a page ended, as opaque text.
///
/// It holds the time range of the first page, so that pages of a relative range (`-1h`) fit together, and a fingerprint
/// of the other parameters, so that a cursor used with another search is refused instead of skipping items.
package struct Cursor: Hashable, Sendable {
  package var range: TimeRange
  /// The sort key of the last item.
  package var key: Int64
  /// The ids of the last item: a trace id's halves, then a span id or 0.
  package var high: UInt64
  package var low: UInt64
  package var span: UInt64
  /// The name of the last item, in lists by name.
  package var name = ""

  private static let version: UInt64 = 1

  /// The text for a search with a fingerprint.
  package func text(fingerprint: UInt64) -> String {
    var words: [UInt64] = [
      Self.version, fingerprint, UInt64(bitPattern: range.start.rawValue), UInt64(bitPattern: range.end.rawValue),
      UInt64(bitPattern: key), high, low, span,
    ]
    words.append(Self.checksum(words, name))
    return words.map { Self.encode($0) }.joined() + Hex.encode(Array(name.utf8))
  }

  /// Reads a cursor of a search with a fingerprint; nil for anything else.
  package init?(_ text: String, fingerprint: UInt64) {
    let bytes = Array(text.utf8)
    let wordsEnd = 9 * Self.digitCount
    guard bytes.count >= wordsEnd, let name = Self.text(ofHex: bytes[wordsEnd...]) else { return nil }
    var words: [UInt64] = []
    for start in stride(from: 0, to: wordsEnd, by: Self.digitCount) {
      guard let word = Self.decode(bytes[start..<start + Self.digitCount]) else { return nil }
      words.append(word)
    }
    let start = UnixNanoseconds(Int64(bitPattern: words[2]))
    let end = UnixNanoseconds(Int64(bitPattern: words[3]))
    guard words[8] == Self.checksum(Array(words[..<8]), name), words[0] == Self.version, words[1] == fingerprint,
      start <= end, TimeText.isTaken(start), TimeText.isTaken(end)
    else { return nil }
    range = TimeRange(start: start, end: end)
    key = Int64(bitPattern: words[4])
    high = words[5]
    low = words[6]
    span = words[7]
    self.name = name
  }

  private static func text(ofHex digits: ArraySlice<UInt8>) -> String? {
    guard digits.count % 2 == 0 else { return nil }
    let bytes = stride(from: digits.startIndex, to: digits.endIndex, by: 2).compactMap { place in
      Hex.nibble(digits[place]).flatMap { high in Hex.nibble(digits[place + 1]).map { high << 4 | $0 } }
    }
    // Each cursor has one spelling.
    guard Hex.encode(bytes).utf8.elementsEqual(digits) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The place after a name, in a list that has no range.
  package init(name: String, key: Int64) {
    self.init(
      range: TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(0)), key: key, traceID: TraceID(high: 0, low: 0))
    self.name = name
  }

  package init(range: TimeRange, key: Int64, traceID: TraceID, span: SpanID? = nil) {
    self.range = range
    self.key = key
    high = traceID.high
    low = traceID.low
    self.span = span?.rawValue ?? 0
  }

  package var traceID: TraceID { TraceID(high: high, low: low) }

  /// A number that other parameters than these would hardly give.
  package static func fingerprint(of parameters: [QueryParameter], path: String) -> UInt64 {
    var hash = FNV()
    hash.add(path)
    let relevant = parameters.filter { $0.name != "cursor" && $0.name != "limit" }
    for parameter in relevant.sorted(by: { ($0.name, $0.value) < ($1.name, $1.value) }) {
      hash.add(parameter.name)
      hash.add(parameter.value)
    }
    return hash.value
  }

  private static func checksum(_ words: [UInt64], _ name: String) -> UInt64 {
    var hash = FNV()
    hash.add("axonize cursor")
    for word in words { hash.add(Hex.encode(word)) }
    hash.add(name)
    return hash.value
  }

  // MARK: - Text

  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let digitCount = 11

  /// Eleven digits of the URL-safe alphabet of base64, each of six bits.
  private static func encode(_ word: UInt64) -> String {
    let bytes = (0..<digitCount).map { digits[Int(word >> (6 * UInt64($0)) & 63)] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func decode(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    var word: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      guard let digit = digits.firstIndex(of: byte) else { return nil }
      guard index < 10 || digit < 16 else { return nil }
      word |= UInt64(digit) << (6 * UInt64(index))
    }
    return word
  }
}

/// The 64-bit FNV-1a hash (draft-eastlake-fnv).
///
/// It detects mistakes, not attacks: a cursor grants no rights.
private struct FNV {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ text: String) {
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    value = (value ^ 0xff) &* 0x100_0000_01b3
  }
}
