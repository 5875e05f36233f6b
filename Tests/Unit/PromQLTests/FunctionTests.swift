import Base
import PromQL
import Testing

@Suite struct FunctionTests {
  /// An argument of each type.
  ///
  /// - Parameter word: The text of a string.
  private static func argument(_ type: PromQLValueType, word: String = "s") -> String {
    switch type {
    case .scalar: "1"
    case .string: "\"\(word)\""
    case .vector: "{x=\"1\"}"
    case .matrix: "v[5m]"
    }
  }

  private static func word(of function: PromQLFunction) -> String {
    switch function {
    case .anomalyScore, .baseline: "week"
    case .correlation: "spearman"
    default: "s"
    }
  }

  private static func call(_ function: PromQLFunction, count: Int) -> String {
    let types = function.signature.arguments
    let arguments = (0..<count).map {
      argument(types.isEmpty ? .scalar : types[min($0, types.count - 1)], word: word(of: function))
    }
    return "\(function.rawValue)(\(arguments.joined(separator: ", ")))"
  }

  private func parse(_ text: String) throws(PromQLError) -> PromQLExpression {
    try PromQLParser(patterns: TestPatterns()).parse(text)
  }

  @Test(arguments: PromQLFunction.allCases)
  func `a function takes as many arguments as its signature says`(function: PromQLFunction) throws {
    let signature = function.signature
    let countMax = signature.argumentCountMax ?? signature.argumentCountMin + 5
    for count in signature.argumentCountMin...countMax {
      guard case .call(let call) = try parse(Self.call(function, count: count)) else {
        Issue.record("\(function) is no call")
        return
      }
      #expect(call.function == function)
      #expect(call.arguments.count == count)
      #expect(PromQLExpression.call(call).type == signature.result)
    }
    if signature.argumentCountMin > 0 {
      #expect(throws: PromQLError.self) { _ = try parse(Self.call(function, count: signature.argumentCountMin - 1)) }
    }
    if let max = signature.argumentCountMax {
      #expect(throws: PromQLError.self) { _ = try parse(Self.call(function, count: max + 1)) }
    }
  }

  @Test(arguments: PromQLFunction.allCases.filter { !$0.signature.arguments.isEmpty })
  func `an argument of another type is refused`(function: PromQLFunction) {
    let types = function.signature.arguments
    for index in types.indices {
      for other in PromQLValueType.allCases where other != types[index] {
        let arguments = types.indices.map {
          Self.argument($0 == index ? other : types[$0], word: Self.word(of: function))
        }
        #expect(throws: PromQLError.self) {
          _ = try parse("\(function.rawValue)(\(arguments.joined(separator: ", ")))")
        }
      }
    }
  }

  @Test(arguments: [
    ("abs()", "expected 1 argument(s) in call to \"abs\", got 0"),
    ("time(1)", "expected 0 argument(s) in call to \"time\", got 1"),
    ("hour(a, b)", "expected at most 1 argument(s) in call to \"hour\", got 2"),
    ("label_join(a, \"x\")", "expected at least 3 argument(s) in call to \"label_join\", got 2"),
  ])
  func `a wrong number of arguments is named`(text: String, message: String) {
    let error = #expect(throws: PromQLError.self) { _ = try parse(text) }
    #expect(error?.message == message)
  }

  @Test(arguments: [
    ("axonize_baseline(v[8d], \"month\")", "\"day\" or \"week\"", "month", 25),
    ("axonize_correlation(a[1h], b[1h], (\"kendall\"))", "\"pearson\" or \"spearman\"", "kendall", 35),
  ])
  func `a word that is not one of a choice is refused where it stands`(
    text: String, choice: String, word: String, column: Int
  ) {
    let error = #expect(throws: PromQLError.self) { _ = try parse(text) }
    let name = text.prefix { $0 != "(" }
    #expect(error?.message == "expected \(choice) in call to function \"\(name)\", got \"\(word)\"")
    #expect(error?.position.column == column)
  }

  @Test func `the functions are those of Prometheus 3.14 and five of our own`() {
    #expect(PromQLFunction.allCases.count { !$0.isOwn } == 90)
    #expect(PromQLFunction.allCases.count { $0.isOwn } == 5)
    #expect(Aggregator.allCases.count == 14)
  }
}
