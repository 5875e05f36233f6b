/// A text with references to groups, read as Go's `Regexp.Expand` does.
enum GroupTemplate {
  enum Group: Equatable {
    case number(Int)
    case name(Substring)
  }

  /// The template with each reference replaced; one whose group is nil by nothing.
  ///
  /// A dollar sign that begins no reference stays.
  static func expand(_ template: String, _ text: (Group) -> Substring?) -> String {
    var result = ""
    var rest = template.unicodeScalars[...]
    while let dollar = rest.firstIndex(of: "$") {
      result.unicodeScalars += rest[..<dollar]
      rest = rest[dollar...].dropFirst()
      if rest.first == "$" {
        result += "$"
        rest = rest.dropFirst()
      } else if let (group, following) = reference(at: rest) {
        result += text(group) ?? ""
        rest = following
      } else {
        result += "$"
      }
    }
    result.unicodeScalars += rest
    return result
  }

  /// `name}` after an opening brace, or the longest name; and what follows.
  private static func reference(
    at text: Substring.UnicodeScalarView
  ) -> (Group, Substring.UnicodeScalarView)? {
    let hasBrace = text.first == "{"
    let start = hasBrace ? text.dropFirst() : text
    let end = start.firstIndex { !isOfName($0) } ?? start.endIndex
    guard end > start.startIndex else { return nil }
    let name = Substring(start[..<end])
    let following = start[end...]
    guard hasBrace else { return (group(name), following) }
    return following.first == "}" ? (group(name), following.dropFirst()) : nil
  }

  /// Digits only and no zero before others are a number; anything else is a name.
  private static func group(_ name: Substring) -> Group {
    let isNumber = name.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard isNumber, name == "0" || name.first != "0", let number = Int(name) else { return .name(name) }
    return .number(number)
  }

  private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
    default: scalar == "_"
    }
  }
}
