import CNghttp2

/// The fields of a response head or its trailers, as flat bytes. Names MUST be in lower case.
package struct HTTP2FieldList: Sendable {
  private struct Entry {
    var nameOffset: Int
    var nameCount: Int
    var valueCount: Int
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  package init() {}

  package mutating func append(_ name: StaticString, _ value: StaticString) {
    let offset = bytes.count
    name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    let nameCount = bytes.count - offset
    value.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    entries.append(Entry(nameOffset: offset, nameCount: nameCount, valueCount: bytes.count - offset - nameCount))
  }

  package mutating func append(_ name: some StringProtocol, _ value: some StringProtocol) {
    append(name.utf8, value.utf8)
  }

  package mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    let offset = bytes.count
    bytes.append(contentsOf: name)
    let nameCount = bytes.count - offset
    bytes.append(contentsOf: value)
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
