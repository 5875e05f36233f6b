/// Names of GPUs' models or of nodes: a text in which `*` stands for any characters; case does not matter.
package struct NamePattern: Sendable, Hashable {
  package let text: String

  /// Fits every name.
  package static let any = NamePattern("*")

  package init(_ text: String) { self.text = text }

  /// Whether a name fits, the whole of it.
  package func fits(_ name: String) -> Bool {
    let pattern = Array(text.lowercased().utf8)
    let name = Array(name.lowercased().utf8)
    let star = UInt8(ascii: "*")
    var (inPattern, inName) = (0, 0)
    // Where the newest star stands, and up to where it reaches.
    var (starAt, reach) = (-1, 0)
    while inName < name.count {
      if inPattern < pattern.count, pattern[inPattern] == star {
        starAt = inPattern
        reach = inName
        inPattern += 1
      } else if inPattern < pattern.count, pattern[inPattern] == name[inName] {
        inPattern += 1
        inName += 1
      } else if starAt >= 0 {
        reach += 1
        inName = reach
        inPattern = starAt + 1
      } else {
        return false
      }
    }
    return pattern[inPattern...].allSatisfy { $0 == star }
  }
}
