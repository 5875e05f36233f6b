import Columns

/// The labels of one series as bytes of a request, while the request is decoded.
@safe
final class LabelBytes {
  @safe
  private struct Entry {
    let name: UnsafeRawBufferPointer
    let value: UnsafeRawBufferPointer
  }

  /// Why labels, each of which is well-formed, are not those of a series.
  enum Fault: Hashable {
    case noMetricName
    case duplicate(String)
  }

  private var entries: [Entry] = []
  private static let metricName = Array("__name__".utf8)

  var count: Int { entries.count }

  /// - Parameters: bytes that live as long as the request is decoded.
  func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    // A label with an empty value is one that is not there.
    guard unsafe !value.isEmpty else { return }
    unsafe entries.append(Entry(name: name, value: value))
  }

  func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Sorts the labels by name where they are not, and says what is wrong with them together.
  func fault() -> Fault? {
    for index in entries.indices.dropFirst() {
      var place = index
      // An insertion into what is sorted already.
      while place > 0, unsafe !Self.precedes(entries[place - 1].name, entries[place].name) {
        if unsafe !Self.precedes(entries[place].name, entries[place - 1].name) {
          return unsafe .duplicate(String(decoding: entries[place].name, as: UTF8.self))
        }
        entries.swapAt(place - 1, place)
        place -= 1
      }
    }
    return metricNameIndex == nil ? .noMetricName : nil
  }

  private static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    unsafe left.lexicographicallyPrecedes(right)
  }

  private var metricNameIndex: Int? {
    entries.indices.first { index in unsafe entries[index].name.elementsEqual(Self.metricName) }
  }

  /// Whether a label has a name.
  func contains(_ name: [UInt8]) -> Bool { entries.contains { unsafe $0.name.elementsEqual(name) } }

  /// Hash of the metric's name; of labels without a fault.
  var metric: UInt32 {
    guard let index = metricNameIndex else { preconditionFailure("labels without a metric's name") }
    return unsafe UInt32(truncatingIfNeeded: ByteHash.hash(entries[index].value))
  }

  /// Hash of the labels, which identifies the series within a tenant; of labels without a fault.
  var id: UInt64 {
    var hash: UInt64 = 0
    for index in entries.indices {
      let entry = entries[index]
      // Each hash is the seed of the next, so that what is a name and what a value counts.
      unsafe hash = ByteHash.hash(entry.value, seed: ByteHash.hash(entry.name, seed: hash))
    }
    return hash
  }

  /// Appends the labels as a row of a map.
  func append(to map: MapColumn) {
    for index in entries.indices {
      let entry = entries[index]
      unsafe map.keys.append(entry.name)
      unsafe map.values.append(entry.value)
      map.types.append(AttributeType.string.rawValue)
    }
    map.endRow()
  }
}

extension LabelBytes.Fault: CustomStringConvertible {
  var description: String {
    switch self {
    case .noMetricName: "has no label __name__"
    case .duplicate(let name): "has the label \(name) twice"
    }
  }
}
