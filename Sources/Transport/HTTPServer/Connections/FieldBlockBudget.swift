/// What one block of fields, a head or trailers, may still cost.
struct FieldBlockBudget {
  /// What becomes of a field.
  enum Verdict: Equatable {
    case fits
    /// The block is refused, but looked at further, so that an honest client can read why.
    case isTooLarge
    /// The rest is not worth being looked at.
    case isFarTooLarge
  }

  private let countMax: Int
  private let bytesMax: Int
  private var count = 0
  private var byteCount = 0

  init(countMax: Int, bytesMax: Int) {
    self.countMax = countMax
    self.bytesMax = bytesMax
  }

  var isExceeded: Bool { count > countMax || byteCount > bytesMax }

  /// What a field costs: 32 bytes in addition to its text (RFC 9113, section 10.5.1).
  static func cost(nameBytes: Int, valueBytes: Int) -> Int { nameBytes + valueBytes + 32 }

  mutating func spend(_ cost: Int) -> Verdict {
    count += 1
    byteCount += cost
    guard isExceeded else { return .fits }
    return count <= 2 * countMax && byteCount <= 2 * bytesMax ? .isTooLarge : .isFarTooLarge
  }

  /// Begins the next block.
  mutating func reset() {
    count = 0
    byteCount = 0
  }
}
