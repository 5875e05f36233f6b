import JSON

extension JSONValue {
  /// Where two values differ, one line a place; members are compared by key, whatever their order.
  ///
  /// A number compares by value, so 3 and 3.0 are equal.
  func differences(from other: JSONValue, path: String = "$") -> [String] {
    switch (self, other) {
    case (.object(let mine), .object(let theirs)):
      let keys = Set(mine.map(\.key)).union(theirs.map(\.key)).sorted()
      return keys.flatMap { key -> [String] in
        switch (self[key], other[key]) {
        case (let left?, let right?): left.differences(from: right, path: "\(path).\(key)")
        // An empty list is a default.
        case (.array([])?, nil), (nil, .array([])?): []
        case (let left?, nil): ["\(path).\(key): \(left.brief) against nothing"]
        case (nil, let right?): ["\(path).\(key): nothing against \(right.brief)"]
        case (nil, nil): []
        }
      }
    case (.array(let mine), .array(let theirs)):
      guard mine.count == theirs.count else { return ["\(path): \(mine.count) elements against \(theirs.count)"] }
      return mine.indices.flatMap { mine[$0].differences(from: theirs[$0], path: "\(path)[\($0)]") }
    case (.number(let mine), .number(let theirs)):
      return mine.double == theirs.double ? [] : ["\(path): \(brief) against \(other.brief)"]
    default: return self == other ? [] : ["\(path): \(brief) against \(other.brief)"]
    }
  }

  private var brief: String { String(String(decoding: encoded, as: UTF8.self).prefix(200)) }
}
