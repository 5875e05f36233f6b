import PromQL
import Series
import Testing

@Suite struct SyntaxTreeTests {
  private func parse(_ text: String) throws -> PromQLExpression {
    try PromQLParser(patterns: TestPatterns()).parse(text)
  }

  @Test func `a selector has its matchers, that of the name last`() throws {
    guard case .vectorSelector(let selector) = try parse("a{x=\"1\", \"y z\"!=\"2\"} offset -5m @ 1.5 smoothed") else {
      Issue.record("no selector")
      return
    }
    #expect(selector.name == "a")
    #expect(selector.matchers.map(\.description) == ["x=\"1\"", "\"y z\"!=\"2\"", "__name__=\"a\""])
    #expect(selector.modifiers.offset == .constant(-300_000))
    #expect(selector.modifiers.at == .time(1_500))
    #expect(selector.windowMode == .smoothed)
    #expect(selector.range == 0..<46)
  }

  @Test func `a name in braces is a matcher only`() throws {
    guard case .vectorSelector(let selector) = try parse("{\"my metric\"}") else {
      Issue.record("no selector")
      return
    }
    #expect(selector.name.isEmpty)
    #expect(selector.matchers.map(\.description) == ["__name__=\"my metric\""])
  }

  @Test(arguments: [
    ("a @ start()", AtModifier.start), ("a @ END()", .end), ("a @ -1", .time(-1_000)), ("a @ 1m40s", .time(100_000)),
    ("a @ 0.0015", .time(2)),
  ])
  func `times of @ are milliseconds or a bound of the query`(text: String, at: AtModifier) throws {
    guard case .vectorSelector(let selector) = try parse(text) else {
      Issue.record("no selector")
      return
    }
    #expect(selector.modifiers.at == at)
  }

  @Test(arguments: [
    ("a + b", VectorMatching()), ("a + on(x) b", VectorMatching(labels: ["x"], isOn: true)),
    ("a + ignoring(x, \"y z\",) b", VectorMatching(labels: ["x", "y z"])),
    ("a and b", VectorMatching(cardinality: .manyToMany)),
    ("a * on() group_left b", VectorMatching(cardinality: .manyToOne, isOn: true)),
    (
      "a * on(by) group_right(sum) b",
      VectorMatching(cardinality: .oneToMany, labels: ["by"], isOn: true, include: ["sum"])
    ),
    ("a + fill(-1) b", VectorMatching(fillLeft: -1, fillRight: -1)),
    ("a + fill_left(1) b", VectorMatching(fillLeft: 1)),
    ("a + fill_right(5m) fill_left(Inf) b", VectorMatching(fillLeft: .infinity, fillRight: 300)), ("a + 1", nil),
    ("1 + 1", nil),
  ])
  func `vectors have a matching, scalars none`(text: String, matching: VectorMatching?) throws {
    guard case .binary(let operation) = try parse(text) else {
      Issue.record("no operation")
      return
    }
    #expect(operation.matching == matching)
  }

  @Test(arguments: [
    ("sum(a)", Grouping.by([])), ("sum by (x) (a)", .by(["x"])), ("SUM(a) BY (x, y)", .by(["x", "y"])),
    ("sum without () (a)", .without([])), ("sum(a) without (and)", .without(["and"])),
  ])
  func `an aggregation groups before or after its arguments`(text: String, grouping: Grouping) throws {
    guard case .aggregation(let aggregation) = try parse(text) else {
      Issue.record("no aggregation")
      return
    }
    #expect(aggregation.grouping == grouping)
    #expect(aggregation.parameter == nil)
    #expect(aggregation.expression.description == "a")
  }

  @Test(arguments: [
    ("1", PromQLValueType.scalar), ("\"a\"", .string), ("a", .vector), ("a[5m]", .matrix), ("a[5m:1m]", .matrix),
    ("1 + time()", .scalar), ("1 > bool 2", .scalar), ("1 + a", .vector), ("-1", .scalar), ("-(a)", .vector),
    ("(\"x\")", .string),
    ("scalar(a)", .scalar), ("vector(1)", .vector), ("topk(1, a)", .vector),
  ])
  func `each expression has a type`(text: String, type: PromQLValueType) throws {
    #expect(try parse(text).type == type)
  }

  @Test func `an expression knows its place and its parts`() throws {
    let expression = try parse(" sum by (x) ( abs(a) ) + 2")
    #expect(expression.range == 1..<26)
    #expect(expression.children.map(\.range) == [1..<22, 25..<26])
    #expect(expression.children[0].children.map(\.description) == ["abs(a)"])
    #expect(try parse("((a))").withoutParentheses.description == "a")
    #expect(try parse("topk(2, a)").children.map(\.description) == ["a", "2"])
  }

  @Test func `matchers of a selector alone are read for metadata`() throws {
    let parser = PromQLParser(patterns: TestPatterns())
    #expect(try parser.matchers("up{job=\"a\"}").map(\.description) == ["job=\"a\"", "__name__=\"up\""])
    for text in ["up[5m]", "up offset 5m", "1", "sum(up)", "{}", "up up", ""] {
      #expect(throws: PromQLError.self, "\(text)") { try parser.matchers(text) }
    }
  }

  // MARK: - Limits

  @Test(arguments: ["(", "-", "sum(", "abs(", "a + "])
  func `nesting is limited`(opening: String) throws {
    let closing = opening.hasSuffix("(") ? ")" : ""
    func query(_ count: Int) -> String {
      String(repeating: opening, count: count) + "a" + String(repeating: closing, count: count)
    }
    var limits = PromQLLimits()
    limits.depthMax = 40
    let parser = PromQLParser(patterns: TestPatterns(), limits: limits)
    _ = try parser.parse(query(38))
    let error = #expect(throws: PromQLError.self) { _ = try parser.parse(query(40)) }
    #expect(error?.message.hasPrefix("the query is nested deeper than 40 levels") == true)
    _ = try PromQLParser(patterns: TestPatterns()).parse(query(254))
    #expect(throws: PromQLError.self) { _ = try PromQLParser(patterns: TestPatterns()).parse(query(10_000)) }
  }

  @Test func `chains within left operands count together`() {
    let chain = String(repeating: " + a", count: 30)
    var limits = PromQLLimits()
    limits.depthMax = 40
    let parser = PromQLParser(patterns: TestPatterns(), limits: limits)
    #expect(throws: PromQLError.self) { _ = try parser.parse("(a\(chain))\(chain)") }
    #expect(throws: PromQLError.self) {
      _ = try parser.parse("sum(a\(chain))[5m:] offset 1m == sum(a\(chain))\(chain)")
    }
  }

  @Test func `bytes, matchers and labels are limited`() throws {
    var limits = PromQLLimits()
    limits.queryBytesMax = 10
    limits.nodeCountMax = 5
    let parser = PromQLParser(patterns: TestPatterns(), limits: limits)
    _ = try parser.parse("a+b+c     ")
    for text in ["a          ", "a+b+c+d", "{a=`1`,b=``}"] {
      #expect(throws: PromQLError.self, "\(text)") { _ = try parser.parse(text) }
    }
    limits.queryBytesMax = 100
    let wider = PromQLParser(patterns: TestPatterns(), limits: limits)
    _ = try wider.parse("sum by (x, y) (a)")
    #expect(throws: PromQLError.self) { _ = try wider.parse("sum by (w, x, y, z) (a)") }
    #expect(throws: PromQLError.self) { _ = try wider.parse("a[1+1+1]") }
  }
}

extension VectorMatching {
  fileprivate init(
    cardinality: Cardinality = .oneToOne, labels: [String] = [], isOn: Bool = false, include: [String],
    fillLeft: Double? = nil, fillRight: Double? = nil
  ) {
    self.init(cardinality: cardinality, labels: labels, isOn: isOn)
    self.include = include
    self.fillLeft = fillLeft
    self.fillRight = fillRight
  }

  fileprivate init(fillLeft: Double, fillRight: Double? = nil) {
    self.init(include: [], fillLeft: fillLeft, fillRight: fillRight)
  }
}
