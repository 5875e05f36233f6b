import PromQL

/// Points as JSON, each a time and a number as text: `[1700000000.5,"0.25"]`, with commas between them.
///
/// A response has up to 11,000 of each series, so their bytes are made without a text for each part.
struct PointBytes {
  private(set) var bytes: [UInt8] = []

  init(reservingCount count: Int) {
    // A time takes ten to fourteen bytes, a number up to twenty, what is around them six.
    bytes.reserveCapacity(count * 32)
  }

  /// Appends a point.
  ///
  /// - Parameter time: in milliseconds since 1970.
  mutating func append(_ time: Int64, _ value: Double) {
    if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "["))
    appendSeconds(time)
    bytes.append(UInt8(ascii: ","))
    bytes.append(UInt8(ascii: "\""))
    append(value)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: "]"))
  }

  /// Appends milliseconds as seconds with no decimals, or with three.
  mutating func appendSeconds(_ milliseconds: Int64) {
    if milliseconds < 0 { bytes.append(UInt8(ascii: "-")) }
    let (whole, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1_000)
    append(whole)
    guard rest > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    append(rest, digitCountMin: 3)
  }

  /// Appends a number as ``NumberNotation`` writes it.
  private mutating func append(_ value: Double) {
    // Whole numbers below 2^53 are exact; what is not finite fails the comparison.
    if value.magnitude < 0x1p53, value == value.rounded(.towardZero) {
      if value.sign == .minus { bytes.append(UInt8(ascii: "-")) }
      append(UInt64(value.magnitude))
      return
    }
    let shortest = value.description.utf8
    // What is below 2^53 and not whole has a point already, and an exponent only where it is small.
    let isWrittenSo = value.magnitude < 0x1p53 && !shortest.contains(UInt8(ascii: "e"))
    bytes.append(contentsOf: isWrittenSo ? shortest : NumberNotation.text(value).utf8)
  }

  private mutating func append(_ number: UInt64, digitCountMin: Int = 1) {
    // The greatest has twenty digits.
    var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
    var first = 20
    var rest = number
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in min(first, 20 - digitCountMin)..<20 { bytes.append(digits[index]) }
  }
}
