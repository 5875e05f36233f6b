extension LabelMatcher {
  /// A matcher of several values: a regular expression that is their list, without one to compile.
  package init(_ name: String, anyOf values: some Sequence<String>) {
    let values = Set(values)
    self.init(name, values: ValueSet(values), written: values.sorted().map(Self.escaped).joined(separator: "|"))
  }

  /// A text as a regular expression that matches it alone.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      if #"\.+*?()|[]{}^$"#.unicodeScalars.contains(scalar) { escaped += "\\" }
      escaped.unicodeScalars.append(scalar)
    }
    return escaped
  }
}

/// Some texts.
private struct ValueSet: TextPattern {
  /// By bytes, since texts of different spellings may be equal.
  private let values: Set<[UInt8]>

  init(_ values: Set<String>) { self.values = Set(values.map { Array($0.utf8) }) }

  func matches(_ text: String) -> Bool { values.contains(Array(text.utf8)) }

  /// It has no groups.
  func expand(_ template: String, matching text: String) -> String? { matches(text) ? template : nil }
}
