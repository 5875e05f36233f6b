extension Parser {
  /// A field or a value.
  private enum Operand {
    case field(Field)
    case literal(Literal)
  }

  private static let fieldNames =
    "an attribute (span.x, resource.x, instrumentation.x, .x), a score (score.x) or one of \(Intrinsic.spellings.joined(separator: ", "))"

  mutating func comparison() throws(TraceQLError) -> FieldExpression {
    let left = token
    try countComparison(left)
    let leftOperand = try operand("a condition: \(Self.fieldNames)")
    guard case .comparison(let comparison) = token.kind else {
      return try bare(leftOperand, left)
    }
    _ = advance()
    let right = token
    // A word that is neither a value nor a field is most likely meant as a value of the field on the left.
    if case .field(.intrinsic(let intrinsic)) = leftOperand, case .word(let word) = right.kind,
      Literal(keyword: word) == nil, Intrinsic(spelling: word) == nil
    {
      throw error("\(left.description) is compared with \(intrinsic.expectedValue), found `\(word)`", at: right)
    }
    let rightOperand = try operand("a value")
    switch (leftOperand, rightOperand) {
    case (.field(let field), .literal(let value)):
      return try checked(field, comparison, value, fieldToken: left, valueToken: right)
    case (.literal(let value), .field(let field)):
      guard let flipped = comparison.flipped else {
        throw error("the regular expression stands to the right of `\(comparison.rawValue)`", at: left)
      }
      return try checked(field, flipped, value, fieldToken: right, valueToken: left)
    case (.field, .field):
      throw error("two fields cannot be compared; expected a value on one side", at: right)
    case (.literal, .literal):
      throw error("two values cannot be compared; expected \(Self.fieldNames) on one side", at: left)
    }
  }

  /// A condition without operator: `true`, `false`, or an attribute that is true.
  private func bare(_ operand: Operand, _ start: Token) throws(TraceQLError) -> FieldExpression {
    switch operand {
    case .literal(.bool(let value)):
      return .constant(value)
    case .field(.score(let name)):
      return .comparison(
        Comparison(field: .score(name), comparison: .equal, value: .bool(true), position: position(start)))
    case .field(.attribute(let scope, let key)):
      return .comparison(
        Comparison(
          field: .attribute(scope, key: key), comparison: .equal, value: .bool(true), position: position(start)))
    default:
      throw unexpected(expected: "a comparison operator (= != > >= < <= =~ !~)")
    }
  }

  private mutating func operand(_ expected: String) throws(TraceQLError) -> Operand {
    let start = token
    switch start.kind {
    case .string(let value): _ = advance(); return .literal(.string(value))
    case .int(let value): _ = advance(); return .literal(.int(value))
    case .float(let value): _ = advance(); return .literal(.float(value))
    case .duration(let value): _ = advance(); return .literal(.duration(value))
    case .attribute, .scopedIntrinsic, .score: return .field(try field())
    case .word(let word):
      if let literal = Literal(keyword: word) {
        _ = advance()
        return .literal(literal)
      }
      return .field(try field())
    default: throw unexpected(expected: expected)
    }
  }

  /// An intrinsic or an attribute.
  private mutating func field() throws(TraceQLError) -> Field {
    let start = advance()
    switch start.kind {
    case .attribute(let scope, let key): return .attribute(scope, key: key)
    case .score(let name): return .score(name)
    case .scopedIntrinsic(let scope, let name):
      guard let intrinsic = Intrinsic(spelling: "\(scope):\(name)") else {
        throw error("unknown field `\(scope):\(name)`; expected \(Self.fieldNames)", at: start)
      }
      return .intrinsic(intrinsic)
    case .word(let word):
      guard let intrinsic = Intrinsic(spelling: word) else {
        throw error(
          "unknown field `\(word)`; write span.\(word), resource.\(word) or .\(word) for an attribute, "
            + "\"\(word)\" for text; the intrinsic fields are \(Intrinsic.spellings.joined(separator: ", "))",
          at: start)
      }
      return .intrinsic(intrinsic)
    default: throw error("expected \(Self.fieldNames), found \(start.description)", at: start)
    }
  }

  // MARK: - Pipeline

  enum Stage {
    case condition(AggregateCondition)
    case select([Field])
  }

  mutating func stage() throws(TraceQLError) -> Stage {
    let expected = "count(), min(…), max(…), avg(…), sum(…) or select(…)"
    let start = token
    guard case .word(let name) = start.kind else { throw unexpected(expected: expected) }
    if name == "select" {
      _ = advance()
      return .select(try selectedFields())
    }
    guard let function = AggregateCondition.Function(rawValue: name) else {
      throw error("the stage `\(name)` is not supported; expected \(expected)", at: start)
    }
    _ = advance()
    try countComparison(start)
    try expect(.openParenthesis, "`(`")
    let fieldToken = token
    let field = function == .count ? nil : try field()
    if let field, !field.isNumeric {
      throw error("\(function.rawValue)() needs a number: duration, traceDuration or an attribute", at: fieldToken)
    }
    try expect(.closeParenthesis, "`)`")
    guard case .comparison(let comparison) = token.kind, !comparison.isRegex else {
      throw unexpected(expected: "a comparison (= != > >= < <=)")
    }
    _ = advance()
    let value = advance()
    let literal: Literal
    switch value.kind {
    case .int(let number): literal = .int(number)
    case .float(let number): literal = .float(number)
    case .duration(let nanoseconds) where function != .count: literal = .duration(nanoseconds)
    default:
      throw error(
        "expected \(function == .count ? "a number" : "a number or a duration"), found \(value.description)", at: value)
    }
    return .condition(
      AggregateCondition(
        function: function, field: field, comparison: comparison, value: literal, position: position(start)))
  }

  private mutating func selectedFields() throws(TraceQLError) -> [Field] {
    try expect(.openParenthesis, "`(`")
    var fields: [Field] = []
    repeat {
      try countComparison(token)
      fields.append(try field())
    } while take(.comma)
    try expect(.closeParenthesis, "`)` or `,`")
    return fields
  }
}

extension Field {
  /// Whether it can hold a number.
  var isNumeric: Bool {
    switch self {
    case .attribute: true
    case .score: false
    case .intrinsic(let intrinsic): intrinsic == .duration || intrinsic == .traceDuration
    }
  }
}

extension Literal {
  /// The literal of a keyword; nil for another word.
  init?(keyword: String) {
    switch keyword {
    case "true": self = .bool(true)
    case "false": self = .bool(false)
    case "nil": self = .nothing
    case "unset": self = .status(.unset)
    case "ok": self = .status(.ok)
    case "error": self = .status(.error)
    case "unspecified": self = .kind(.unspecified)
    case "internal": self = .kind(.internal)
    case "server": self = .kind(.server)
    case "client": self = .kind(.client)
    case "producer": self = .kind(.producer)
    case "consumer": self = .kind(.consumer)
    default: return nil
    }
  }
}

extension Intrinsic {
  /// Every spelling, the plain ones first.
  static let spellings = plainSpellings.map(\.0) + scopedSpellings.map(\.0)

  private static let plainSpellings: [(String, Intrinsic)] = [
    ("name", .name), ("duration", .duration), ("status", .status), ("statusMessage", .statusMessage),
    ("kind", .kind), ("rootName", .rootName), ("rootServiceName", .rootServiceName),
    ("traceDuration", .traceDuration),
  ]

  private static let scopedSpellings: [(String, Intrinsic)] = [
    ("span:id", .spanID), ("span:parentID", .parentID), ("span:name", .name), ("span:duration", .duration),
    ("span:status", .status), ("span:statusMessage", .statusMessage), ("span:kind", .kind),
    ("trace:id", .traceID), ("trace:duration", .traceDuration), ("trace:rootName", .rootName),
    ("trace:rootService", .rootServiceName), ("instrumentation:name", .instrumentationName),
    ("instrumentation:version", .instrumentationVersion),
  ]

  init?(spelling: String) {
    guard let found = (Self.plainSpellings + Self.scopedSpellings).first(where: { $0.0 == spelling }) else {
      return nil
    }
    self = found.1
  }
}
