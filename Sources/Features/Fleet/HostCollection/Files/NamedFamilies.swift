import Collection

/// Families whose names the kernel gives, such as those of /proc/meminfo: each is declared when it is seen first.
struct NamedFamilies {
  /// More than any of these files has; further names are left out.
  private static let countMax = 1024

  private var names: [[UInt8]] = []
  private var families: [CollectedFamily?] = []
  /// Where the next name is expected: files give them in one order.
  private var expected = 0

  /// The family of a name; nil where the facts of that name are not collected.
  mutating func family(
    _ name: Span<UInt8>, make: (String) -> CollectedFamily?
  ) -> CollectedFamily? {
    for offset in names.indices {
      let place = (expected + offset) % names.count
      guard Self.isEqual(names[place], name) else { continue }
      expected = place + 1
      return families[place]
    }
    guard names.count < Self.countMax else { return nil }
    var bytes: [UInt8] = []
    for index in name.indices { bytes.append(name[index]) }
    names.append(bytes)
    families.append(make(String(decoding: bytes, as: UTF8.self)))
    expected = names.count
    return families[names.count - 1]
  }

  private static func isEqual(_ known: [UInt8], _ name: Span<UInt8>) -> Bool {
    guard known.count == name.count else { return false }
    for index in known.indices where known[index] != name[index] { return false }
    return true
  }
}
