import API
import TraceInterchange

/// Reads logfmt: `key=value other="quoted value"`, as Tempo's searches by tags have it.
enum Logfmt {
  /// The pairs in order.
  ///
  /// A key without value looks for any text; a pair without key is refused.
  static func parse(_ text: String) throws(Problem) -> [(key: String, value: String)] {
    var pairs: [(key: String, value: String)] = []
    var rest = Substring(text)
    while true {
      rest = rest.drop { $0.isWhitespace }
      guard !rest.isEmpty else { return pairs }
      let key = rest.prefix { $0 != "=" && $0 != "\"" && !$0.isWhitespace }
      guard !key.isEmpty else { throw .parameter("tags", "a value stands without a key before '\(rest)'") }
      rest = rest.dropFirst(key.count)
      guard rest.first == "=" else {
        pairs.append((String(key), ""))
        continue
      }
      rest = rest.dropFirst()
      pairs.append((String(key), rest.first == "\"" ? try quoted(&rest) : word(&rest)))
    }
  }

  private static func word(_ rest: inout Substring) -> String {
    let word = rest.prefix { !$0.isWhitespace }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  /// A value in quotation marks; a backslash takes the next character as it is, but for `\n` and `\t`.
  private static func quoted(_ rest: inout Substring) throws(Problem) -> String {
    var value = ""
    rest = rest.dropFirst()
    while let character = rest.popFirst() {
      switch character {
      case "\"": return value
      case "\\":
        guard let escaped = rest.popFirst() else { break }
        value.append(escaped == "n" ? "\n" : escaped == "t" ? "\t" : escaped)
      default: value.append(character)
      }
    }
    throw .parameter("tags", "a quotation mark is not closed")
  }
}
