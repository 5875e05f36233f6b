import Glibc

/// Numbers texts in the order in which they come, by their bytes.
///
/// The bytes are kept in one piece of memory.
struct ByteKeyTable {
  private var bytes: [UInt8] = []
  /// Where each text ends; it begins where the one before ends.
  private var ends: [Int] = []
  private var hashes: [Int] = []
  /// The number of a text plus 1, or 0, at the place of its hash or after it.
  ///
  /// A power of two, at most half full.
  private var places = [UInt32](repeating: 0, count: 64)

  var count: Int { ends.count }

  /// The number of the text in a part of a page; nil when it is new.
  ///
  /// The part MUST lie in the page.
  func number(_ page: [UInt8], _ part: Range<Int>) -> Int? {
    let hash = Self.hash(page, part)
    var place = hash & (places.count - 1)
    while places[place] != 0 {
      let number = Int(places[place] - 1)
      if hashes[number] == hash, isText(number, page, part) { return number }
      place = (place + 1) & (places.count - 1)
    }
    return nil
  }

  /// Adds a text that is new.
  mutating func add(_ page: [UInt8], _ part: Range<Int>) -> Int {
    let hash = Self.hash(page, part)
    bytes += page[part]
    ends.append(bytes.count)
    hashes.append(hash)
    if count * 2 > places.count { grow() } else { enter(count - 1) }
    return count - 1
  }

  /// A table of some of the texts, numbered anew in the order given.
  func keeping(_ numbers: [Int]) -> ByteKeyTable {
    var table = ByteKeyTable()
    for number in numbers { _ = table.add(bytes, range(number)) }
    return table
  }

  private func range(_ number: Int) -> Range<Int> { (number == 0 ? 0 : ends[number - 1])..<ends[number] }

  private mutating func enter(_ number: Int) {
    var place = hashes[number] & (places.count - 1)
    while places[place] != 0 { place = (place + 1) & (places.count - 1) }
    places[place] = UInt32(number + 1)
  }

  private mutating func grow() {
    places = [UInt32](repeating: 0, count: places.count * 2)
    for number in 0..<count { enter(number) }
  }

  /// Seeded for each process, so that no page can be made of texts with one hash.
  private static func hash(_ page: [UInt8], _ part: Range<Int>) -> Int {
    var hasher = Hasher()
    // SAFETY: the part lies in the page, as the slice checks; both live during the call.
    unsafe page[part].withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  private func isText(_ number: Int, _ page: [UInt8], _ part: Range<Int>) -> Bool {
    let own = range(number)
    guard own.count == part.count else { return false }
    return unsafe bytes[own].withUnsafeBytes { left in
      unsafe page[part].withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return true }
        // SAFETY: both have as many bytes as the parts.
        return unsafe memcmp(left, right, part.count) == 0
      }
    }
  }
}
