import PromQL
import Testing

@Suite struct PrintingTests {
  private func parse(_ text: String) throws -> PromQLExpression {
    try PromQLParser(patterns: TestPatterns()).parse(text)
  }

  @Test(arguments: [
    ("1.50", "1.5"), ("0x1F", "31"), ("1e3", "1000"), ("Inf", "+Inf"), ("-inf", "-Inf"), ("nan", "NaN"),
    ("90m", "1h30m"),
    ("-5m", "-5m"), ("'a\"b'", #""a\"b""#), (#""\xff\n""#, #""\xff\n""#), ("a{}", "a"), ("{x='1'}", "{x=\"1\"}"),
    ("a{z=\"1\",b=~\"2\"}", "a{b=~\"2\",z=\"1\"}"), ("{\"a b\",\"x y\"!=\"1\"}", "{\"x y\"!=\"1\",__name__=\"a b\"}"),
    ("{__name__=\"a\"}", "{__name__=\"a\"}"), ("a{__name__=~\"a\",x=\"1\"}", nil),
    ("a offset 1h @ 5", "a @ 5.000 offset 1h"), ("a @ -0.0005", "a @ -0.001"),
    ("a[5m] @ end() offset -1m", "a[5m] @ end() offset -1m"),
    ("a anchored @ 1 offset 1m", "a @ 1.000 anchored offset 1m"), ("a[300] smoothed @ 1", "a[5m] smoothed @ 1.000"),
    ("a offset 0s", "a"), ("abs(a)[1h:5m]offset 1m", "abs(a)[1h:5m] offset 1m"), ("a[1h:]", "a[1h:]"),
    ("a[5m*2]", "a[5m * 2]"), ("a[( ( 5m ) )]", "a[(5m)]"),
    ("a[step():max_of(range(),5)]", "a[step():max_of(range(), 5)]"),
    ("a offset -(5m/2)", "a offset -(5m / 2)"), ("a offset +step()", "a offset step()"),
    ("SUM BY(b,\"x y\")(a)", "sum by (b, \"x y\") (a)"), ("sum(a)by()", "sum(a)"),
    ("sum(a)by(\"nan\",'without',on)", "sum by (\"nan\", without, on) (a)"),
    ("sum without()(a)", "sum without () (a)"),
    ("topk(3,a)", "topk(3, a)"), ("label_replace(a,'b','c','d','e')", #"label_replace(a, "b", "c", "d", "e")"#),
    ("a+on()b", "a + on () b"), ("a>bool ignoring(x)group_left b", "a > bool ignoring (x) group_left () b"),
    ("a*on(x)group_right(y)b", "a * on (x) group_right (y) b"), ("a+fill(1)b", "a + fill (1) b"),
    ("a+fill_right(2)fill_left(1)b", "a + fill_left (1) fill_right (2) b"),
    ("a + fill(nan) b", "a + fill_left (NaN) fill_right (NaN) b"),
    ("-a^b", "-a ^ b"), ("- -a", "--a"), ("((a))", "((a))"), ("a</1", "a </ 1"), ("a atan2 b", "a atan2 b"),
  ])
  func `an expression is written in one line as Prometheus does`(text: String, expected: String?) throws {
    guard let expected else {
      #expect(throws: PromQLError.self) { _ = try parse(text) }
      return
    }
    let expression = try parse(text)
    #expect(expression.description == expected)
    #expect(try parse(expected).description == expected)
    #expect(expression.formatted() == expected)
  }

  @Test(arguments: [
    ("sum by (job) (rate(requests_total[5m]))", "sum by (job) (\n  rate(\n    requests_total[5m]\n  )\n)"),
    ("aaaaa + bbbbb * ccccc", "  aaaaa\n+\n    bbbbb\n  *\n    ccccc"),
    ("topk(3, (aaaaaaaaaaa))", "topk(\n  3,\n  (\n    aaaaaaaaaaa\n  )\n)"),
    ("-abs(aaaaaaaaaaaa)", "-abs(\n  aaaaaaaaaaaa\n)"),
    ("clamp(aaaaaaaa, 1, 2)", "clamp(\n  aaaaaaaa,\n  1,\n  2\n)"),
    ("abs(aaaaaaaaaa)[5m:1m] offset 1m", "abs(\n  aaaaaaaaaa\n)[5m:1m] offset 1m"),
    ("aaaaaaa > bool on (x) bbbbbbb", "  aaaaaaa\n> bool on (x)\n  bbbbbbb"), ("a + b", "a + b"),
  ])
  func `long expressions have their parts in lines of their own`(text: String, expected: String) throws {
    #expect(try parse(text).formatted(lineBytesMax: 10) == expected)
  }

  @Test func `a line has 100 bytes at most before it is split`() throws {
    let name = String(repeating: "a", count: 95)
    #expect(try parse("abs(\(name))").formatted() == "abs(\(name))")
    #expect(try parse("abs(\(name)b)").formatted() == "abs(\n  \(name)b\n)")
  }

  /// A value as compact JSON.
  private func json(_ value: SyntaxTreeValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .string(let text): "'\(text)'"
    case .array(let values): "[\(values.map(json).joined(separator: ","))]"
    case .object(let members):
      "{\(members.sorted { $0.name < $1.name }.map { "\($0.name):\(json($0.value))" }.joined(separator: ","))}"
    }
  }

  private static let a = """
    {anchored:false,matchers:[{name:'__name__',type:'=',value:'a'}],name:'a',offset:0,offsetExpr:null,smoothed:false,\
    startOrEnd:null,timestamp:null,type:'vectorSelector'}
    """

  /// `A` stands for the tree of the selector `a`.
  private static let trees: [(text: String, tree: String)] = [
    ("1.5", "{type:'numberLiteral',val:'1.5'}"),
    ("'x'", "{type:'stringLiteral',val:'x'}"),
    ("a", "A"),
    ("(a)", "{expr:A,type:'parenExpr'}"),
    ("-a", "{expr:A,op:'-',type:'unaryExpr'}"),
    (
      "a[5m] smoothed @ start() offset step()",
      """
      {anchored:false,matchers:[{name:'__name__',type:'=',value:'a'}],name:'a',offset:0,offsetExpr:{lhs:null,op:'step',\
      rhs:null,type:'durationExpr',wrapped:false},range:300000,rangeExpr:null,smoothed:true,startOrEnd:'start',\
      timestamp:null,type:'matrixSelector'}
      """
    ),
    (
      "a[(5m):(1m+2)] @ 1",
      """
      {expr:A,offset:0,offsetExpr:null,range:0,rangeExpr:{lhs:null,op:'+',rhs:{duration:true,type:'numberLiteral',\
      val:'300'},type:'durationExpr',wrapped:true},startOrEnd:null,step:0,stepExpr:{lhs:{duration:true,\
      type:'numberLiteral',val:'60'},op:'+',rhs:{duration:false,type:'numberLiteral',val:'2'},type:'durationExpr',\
      wrapped:true},timestamp:1000,type:'subquery'}
      """
    ),
    (
      "topk without (x) (1, a)",
      "{expr:A,grouping:['x'],op:'topk',param:{type:'numberLiteral',val:'1'},type:'aggregation',without:true}"
    ),
    (
      "a > bool on (x) group_left (y) fill_left (2) a",
      """
      {bool:true,lhs:A,matching:{card:'many-to-one',fillValues:{lhs:2.0,rhs:null},include:['y'],labels:['x'],on:true},\
      op:'>',rhs:A,type:'binaryExpr'}
      """
    ),
    (
      "a + fill(NaN) a",
      """
      {bool:false,lhs:A,matching:{card:'one-to-one',fillValues:{lhs:'NaN',rhs:'NaN'},include:[],labels:[],on:false},\
      op:'+',rhs:A,type:'binaryExpr'}
      """
    ),
    ("1 + a", "{bool:false,lhs:{type:'numberLiteral',val:'1'},matching:null,op:'+',rhs:A,type:'binaryExpr'}"),
    (
      "round(a)",
      "{args:[A],func:{argTypes:['vector','scalar'],name:'round',returnType:'vector',variadic:1},type:'call'}"
    ),
  ]

  @Test(arguments: trees)
  func `the tree has the members of parse_query`(text: String, expected: String) throws {
    #expect(json(try parse(text).tree) == expected.replacing("A", with: Self.a))
  }

  @Test(arguments: [
    ("time()", 0), ("hour()", 1), ("label_join(a, 'b', 'c')", -1), ("histogram_quantiles(a, 'b', 1)", 9),
  ])
  func `a function says how many arguments may follow`(text: String, variadic: Int) throws {
    #expect(json(try parse(text).tree).contains("variadic:\(variadic)}"))
  }
}
