import PromQL
import Testing

@Suite struct FunctionTests {
  /// An argument of each type.
  private static func argument(_ type: PromQLValueType) -> String {
    switch type {
    case .scalar: "1"
    case .string: "\"s\""
    case .vector: "{x=\"1\"}"
    case .matrix: "v[5m]"
    }
  }

  private static func call(_ function: PromQLFunction, count: Int) -> String {
    let types = function.signature.arguments
    let arguments = (0..<count).map { argument(types.isEmpty ? .scalar : types[min($0, types.count - 1)]) }
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
        let arguments = types.indices.map { Self.argument($0 == index ? other : types[$0]) }
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

  @Test func `the functions are those of Prometheus 3.14`() {
    #expect(PromQLFunction.allCases.count == 90)
    #expect(Aggregator.allCases.count == 14)
  }
}
