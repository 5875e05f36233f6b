import CNghttp2

/// The fields of a response head or its trailers, as flat bytes.
///
/// Names MUST be in lower case.
package struct HTTP2FieldList: Sendable {
  private struct Entry {
    var nameOffset: Int
    var nameCount: Int
    var valueCount: Int
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  package init() {}

  // Concrete types only: generic ones are not specialised across modules, and this runs for every response.

  /// Adds a field whose text is part of the program.
  package mutating func constant(_ name: StaticString, _ value: StaticString) {
    let offset = bytes.count
    append(name)
    let nameCount = bytes.count - offset
    append(value)
    note(offset, nameCount)
  }

  package mutating func append(_ name: StaticString, bytes value: [UInt8]) {
    let offset = bytes.count
    append(name)
    let nameCount = bytes.count - offset
    bytes.append(contentsOf: value)
    note(offset, nameCount)
  }

  package mutating func append(_ name: StaticString, text value: String) {
    let offset = bytes.count
    append(name)
    let nameCount = bytes.count - offset
    append(text: value)
    note(offset, nameCount)
  }

  package mutating func append(name: String, text value: String) {
    let offset = bytes.count
    append(text: name)
    let nameCount = bytes.count - offset
    append(text: value)
    note(offset, nameCount)
  }

  private mutating func append(_ text: StaticString) {
    // SAFETY: the text of a static string lives as long as the program.
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(text: String) {
    var text = text
    text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
  }

  private mutating func note(_ offset: Int, _ nameCount: Int) {
    entries.append(Entry(nameOffset: offset, nameCount: nameCount, valueCount: bytes.count - offset - nameCount))
  }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }

  /// Lends the fields as nghttp2's name-value pairs, valid during the call; nghttp2 copies them.
  func withPairs<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
    // SAFETY: every pair points into `bytes`, which outlives the closure and is not changed in it.
    unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(1, entries.count)) { pairs in
      unsafe bytes.withUnsafeBufferPointer { storage in
        let base = unsafe UnsafeMutablePointer(mutating: storage.baseAddress)
        for index in entries.indices {
          let entry = entries[index]
          unsafe pairs.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: base.map { unsafe $0 + entry.nameOffset },
              value: base.map { unsafe $0 + entry.nameOffset + entry.nameCount },
              namelen: entry.nameCount, valuelen: entry.valueCount, flags: 0))
        }
        return unsafe body(UnsafePointer(pairs.baseAddress), entries.count)
      }
    }
  }
}
