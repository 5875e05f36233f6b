import EmbeddedClickHouse
import Engine

extension SQLStatement {
  /// The text with every parameter written as a literal of its type.
  ///
  /// The embedded driver would take parameters by `SET param_…` before the query: one more statement each time, and state
  /// that stays on the connection. Writing literals is done here and nowhere else.
  func rendered() throws(EngineError) -> String {
    try SQLText.replacingParameters(of: text) { (name, type) throws(EngineError) in
      guard let value = parameters[String(name)] else {
        throw EngineError(.rejected, "the statement has no value for its parameter \(name)")
      }
      return value.literal(type: type)
    }
  }
}

extension SQLValue {
  /// The value as SQL of a type.
  ///
  /// The type is part of our own text, never of a user's.
  func literal(type: Substring) -> String {
    switch self {
    case .string(let text): return type == "String" ? SQLText.literal(text) : cast(SQLText.literal(text), type)
    case .bytes(let bytes):
      return type == "String" ? SQLText.literal(bytes: bytes) : cast(SQLText.literal(bytes: bytes), type)
    case .int(let number): return cast("\(number)", type)
    case .unsigned(let number): return cast("\(number)", type)
    case .double(let number):
      let text = number.isNaN ? "nan" : number.isInfinite ? (number < 0 ? "-inf" : "inf") : "\(number)"
      return cast(text, type)
    case .strings(let texts): return cast("[" + texts.map { SQLText.literal($0) }.joined(separator: ",") + "]", type)
    case .elements(let elements): return SQLText.list(elements)
    case .unsigneds(let numbers): return cast("[" + numbers.map { "\($0)" }.joined(separator: ",") + "]", type)
    }
  }

  private func cast(_ literal: String, _ type: Substring) -> String {
    "CAST(\(literal), \(SQLText.literal(String(type))))"
  }
}
