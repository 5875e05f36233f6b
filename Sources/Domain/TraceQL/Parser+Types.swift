import Base

extension Parser {
  /// A comparison whose sides fit together, or an error at the side that does not.
  func checked(
    _ field: Field, _ comparison: ComparisonOperator, _ value: Literal, fieldToken: Token, valueToken: Token
  ) throws(TraceQLError) -> FieldExpression {
    if comparison.isRegex {
      guard case .string(let pattern) = value else {
        throw error("expected a regular expression in quotes, found \(valueToken.description)", at: valueToken)
      }
      guard pattern.utf8.count <= TraceQLLimits.regexBytesMax else {
        throw error("the regular expression is longer than \(TraceQLLimits.regexBytesMax) bytes", at: valueToken)
      }
    }
    switch field {
    case .attribute: try checkAttribute(comparison, value, valueToken)
    case .score: try checkScore(comparison, value, valueToken)
    case .intrinsic(let intrinsic): try checkIntrinsic(intrinsic, comparison, value, fieldToken, valueToken)
    }
    return .comparison(
      Comparison(field: field, comparison: comparison, value: value, position: position(fieldToken)))
  }

  private func checkAttribute(
    _ comparison: ComparisonOperator, _ value: Literal, _ valueToken: Token
  ) throws(TraceQLError) {
    switch value {
    case .string, .int, .float, .duration: return
    case .bool, .nothing:
      guard comparison == .equal || comparison == .notEqual else {
        throw error("\(valueToken.description) can only be compared with = and !=", at: valueToken)
      }
    case .status, .kind:
      throw error(
        "\(valueToken.description) is a value of `status` or `kind`; expected text in quotes, a number, "
          + "a duration, true, false or nil",
        at: valueToken)
    }
  }

  private func checkScore(
    _ comparison: ComparisonOperator, _ value: Literal, _ valueToken: Token
  ) throws(TraceQLError) {
    switch value {
    case .string, .int, .float: return
    case .bool, .nothing: try checkAttribute(comparison, value, valueToken)
    case .duration, .status, .kind:
      throw error(
        "a score is compared with a number, text in quotes, true, false or nil, found \(valueToken.description)",
        at: valueToken)
    }
  }

  private func checkIntrinsic(
    _ intrinsic: Intrinsic, _ comparison: ComparisonOperator, _ value: Literal, _ fieldToken: Token,
    _ valueToken: Token
  ) throws(TraceQLError) {
    switch (intrinsic, value) {
    case (.name, .string), (.statusMessage, .string), (.rootName, .string), (.rootServiceName, .string),
      (.instrumentationName, .string), (.instrumentationVersion, .string):
      return
    case (.duration, .int), (.duration, .float), (.duration, .duration),
      (.traceDuration, .int), (.traceDuration, .float), (.traceDuration, .duration):
      return
    case (.status, .status), (.kind, .kind), (.spanID, .string), (.parentID, .string), (.traceID, .string):
      guard comparison == .equal || comparison == .notEqual else {
        throw error("\(fieldToken.description) can only be compared with = and !=", at: fieldToken)
      }
      if case .string(let text) = value { try checkID(intrinsic, text, valueToken) }
    default:
      throw error(
        "\(fieldToken.description) is compared with \(intrinsic.expectedValue), found \(valueToken.description)",
        at: valueToken)
    }
  }

  private func checkID(_ intrinsic: Intrinsic, _ text: String, _ valueToken: Token) throws(TraceQLError) {
    let digitCount = intrinsic == .traceID ? 32 : 16
    guard text.utf8.count == digitCount, text.utf8.allSatisfy({ Hex.nibble($0) != nil }) else {
      throw error("expected an id of \(digitCount) hexadecimal digits", at: valueToken)
    }
  }
}

extension Intrinsic {
  /// The kind of value it is compared with, for error messages.
  var expectedValue: String {
    switch self {
    case .duration, .traceDuration: "a duration such as 200ms"
    case .status: "one of error, ok, unset"
    case .kind: "one of unspecified, internal, server, client, producer, consumer"
    case .spanID, .parentID, .traceID: "an id in quotes"
    default: "text in quotes"
    }
  }
}
