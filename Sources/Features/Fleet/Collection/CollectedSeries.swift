/// The series that collectors gave, numbered in the order in which they came.
///
/// A series is found by its family and the bytes of its label values, so that one that is known costs no allocation.
struct CollectedSeries: Sendable {
  private(set) var families: [CollectedFamily] = []
  /// The number of the collector of each.
  private(set) var collectors: [UInt16] = []
  /// The keys of all, one after the other.
  private var keys: [UInt8] = []
  private var keyEnds: [Int] = []
  /// The newest series with a hash, and of each series the one before it with the same hash.
  private var newestByHash: [Int: Int32] = [:]
  private var previousWithHash: [Int32] = []

  var count: Int { families.count }

  /// The series with a key; nil when it is new.
  func find(_ key: [UInt8], hash: Int) -> Int? {
    var candidate = newestByHash[hash] ?? -1
    while candidate >= 0 {
      if isKey(Int(candidate), key) { return Int(candidate) }
      candidate = previousWithHash[Int(candidate)]
    }
    return nil
  }

  mutating func add(_ key: [UInt8], hash: Int, _ family: CollectedFamily, collector: Int) {
    previousWithHash.append(newestByHash[hash] ?? -1)
    newestByHash[hash] = Int32(count)
    families.append(family)
    collectors.append(UInt16(collector))
    keys += key
    keyEnds.append(keys.count)
  }

  /// The values of its labels, in the order of the family's names.
  func labelValues(_ series: Int) -> [String] {
    var values: [String] = []
    var at = begin(series) + CollectedKey.familyByteCount
    while at < keyEnds[series] {
      let count = Int(keys[at]) << 8 | Int(keys[at + 1])
      at += 2
      values.append(String(decoding: keys[at..<at + count], as: UTF8.self))
      at += count
    }
    return values
  }

  /// A table of some of the series, numbered anew in the order given.
  func keeping(_ numbers: [Int]) -> CollectedSeries {
    var kept = CollectedSeries()
    for number in numbers {
      let key = Array(keys[begin(number)..<keyEnds[number]])
      kept.add(key, hash: CollectedKey.hash(key), families[number], collector: Int(collectors[number]))
    }
    return kept
  }

  private func begin(_ series: Int) -> Int { series == 0 ? 0 : keyEnds[series - 1] }

  private func isKey(_ series: Int, _ key: [UInt8]) -> Bool {
    let start = begin(series)
    guard keyEnds[series] - start == key.count else { return false }
    for index in key.indices where keys[start + index] != key[index] { return false }
    return true
  }
}

/// The key of a series: its family, then each label's value with its length before it.
struct CollectedKey: Sendable {
  static let familyByteCount = 8
  /// A longer value is cut; names of devices and paths of mounts are shorter.
  static let valueByteCountMax = 1024

  private(set) var bytes: [UInt8] = []

  mutating func begin(_ family: CollectedFamily) {
    bytes.removeAll(keepingCapacity: true)
    var identity = UInt64(UInt(bitPattern: ObjectIdentifier(family)))
    for _ in 0..<Self.familyByteCount {
      bytes.append(UInt8(truncatingIfNeeded: identity))
      identity >>= 8
    }
  }

  mutating func append(_ value: borrowing Span<UInt8>) {
    let count = min(value.count, Self.valueByteCountMax)
    appendLength(count)
    for index in 0..<count { bytes.append(value[index]) }
  }

  mutating func append(_ value: String) {
    appendLength(min(value.utf8.count, Self.valueByteCountMax))
    bytes.append(contentsOf: value.utf8.prefix(Self.valueByteCountMax))
  }

  private mutating func appendLength(_ count: Int) {
    bytes.append(UInt8(count >> 8))
    bytes.append(UInt8(count & 0xff))
  }

  /// Seeded for each process, so that names of devices cannot be chosen to have one hash.
  static func hash(_ key: [UInt8]) -> Int {
    var hasher = Hasher()
    // SAFETY: the bytes live during the call.
    unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  var hash: Int { Self.hash(bytes) }
}
