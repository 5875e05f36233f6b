import Glibc

/// Puts labels in the order of their names' bytes, as Prometheus does.
package enum LabelOrder {
  /// How the order of labels was.
  package enum Finding: Sendable {
    case sorted
    case unsorted
    /// Two labels have one name.
    case duplicate
  }

  /// Sorts labels of `bytes` where they are not; O(n) for sorted ones.
  package static func sort(_ labels: inout [LabelRange], in bytes: UnsafeRawBufferPointer) -> Finding {
    var finding = Finding.sorted
    for index in labels.indices.dropFirst() {
      var place = index
      // An insertion into what is sorted already.
      while place > 0 {
        let order = unsafe compare(labels[place - 1].name, labels[place].name, in: bytes)
        if order == 0 { return .duplicate }
        if order < 0 { break }
        labels.swapAt(place - 1, place)
        finding = .unsorted
        place -= 1
      }
    }
    return finding
  }

  /// Below 0, 0 or above 0 where the first part comes before, is equal to, or comes after the second.
  private static func compare(_ first: Range<Int>, _ second: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Int {
    precondition(max(first.upperBound, second.upperBound) <= bytes.count, "a label beyond its bytes")
    let count = min(first.count, second.count)
    // SAFETY: both ranges lie in the bytes, and of an empty part nothing is read.
    if count > 0, let base = bytes.baseAddress {
      let order = unsafe memcmp(base + first.lowerBound, base + second.lowerBound, count)
      if order != 0 { return Int(order) }
    }
    return first.count - second.count
  }
}
