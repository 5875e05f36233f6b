import SeriesBytes
import Testing

@testable import LineProtocol

/// Keeps what a text holds as text: `measurement[tag=value] field=1.0 @time`.
private struct Lines: LineProtocolVisitor {
  var points: [String] = []
  var errors: [String] = []

  mutating func visit(_ point: borrowing LineProtocolPoint) {
    let bytes = point.bytes
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    let tags = point.tags.map { "\(text($0.name))=\(text($0.value))" }.joined(separator: ",")
    let fields = point.fields.map { "\(text($0.name))=\($0.value.map { "\($0)" } ?? "text")" }
    let time = point.time.map { " @\($0)" } ?? ""
    points.append("\(text(point.measurement))[\(tags)] \(fields.joined(separator: ","))\(time)")
  }

  mutating func refuse(_ error: LineProtocolError) { errors.append("\(error)") }
}

private func parse(
  _ text: String, _ precision: LineProtocolPrecision = .nanoseconds, limits: LineProtocolLimits = .init()
) -> Lines {
  parse(Array(text.utf8), precision, limits: limits)
}

private func parse(
  _ bytes: [UInt8], _ precision: LineProtocolPrecision = .nanoseconds, limits: LineProtocolLimits = .init()
) -> Lines {
  var lines = Lines()
  var parser = LineProtocolParser(precision, limits: limits)
  parser.parse(bytes.span, into: &lines)
  return lines
}

@Suite struct LineProtocolParserTests {
  @Test(arguments: [
    ("cpu value=1", "cpu[] value=1.0"),
    (
      "cpu,host=a,region=eu usage=0.5,idle=2i 1700000000123456789",
      "cpu[host=a,region=eu] usage=0.5,idle=2.0 @1700000000123"
    ),
    ("m a=1u,b=18446744073709551615u", "m[] a=1.0,b=1.8446744073709552e+19"),
    ("m a=-9223372036854775808i", "m[] a=-9.223372036854776e+18"),
    ("m a=t,b=T,c=true,d=True,e=TRUE", "m[] a=1.0,b=1.0,c=1.0,d=1.0,e=1.0"),
    ("m a=f,b=F,c=false,d=False,e=FALSE", "m[] a=0.0,b=0.0,c=0.0,d=0.0,e=0.0"),
    ("m a=1e3,b=-1.5E-2,c=.5,d=5.", "m[] a=1000.0,b=-0.015,c=0.5,d=5.0"),
    (#"m a="x, y=\"z\" \\",b=1"#, "m[] a=text,b=1.0"),
    ("m a=\"two\nlines\",b=1 5000000", "m[] a=text,b=1.0 @5"),
    (#"my\ m\,x,t\ a\,g\=1=v\ \,\= f\ \,\=x=1"#, "my m,x[t a,g=1=v ,=] f ,=x=1.0"),
    // A backslash before anything else is one; in a measurement '=' needs none.
    (#"a=b\c,t=x\y f=1"#, #"a=b\c[t=x\y] f=1.0"#),
    ("m,t=,u=x f=1", "m[t=,u=x] f=1.0"),
    ("  m   f=1   7000000  ", "m[] f=1.0 @7"),
    ("m f=1 -1", "m[] f=1.0 @-1"),
    ("größe,stadt=köln wert=1", "größe[stadt=köln] wert=1.0"),
  ])
  func `a line is a point`(line: String, expected: String) {
    for ending in ["", "\n", "\r\n"] {
      let lines = parse(line + ending)
      #expect(lines.points == [expected])
      #expect(lines.errors == [])
    }
  }

  @Test(arguments: [
    ("m", "column 2: the line has no field"),
    (",a=b f=1", "column 1: the line has no measurement"),
    ("m f", "column 4: the field has no '=' and value"),
    ("m =1", "column 3: the field has no name"),
    ("m f=", "column 5: the field has no value"),
    ("m f=1,", "column 7: the field has no name"),
    ("m f=x", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=NaN", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=1e999", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=1.5i", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=-1u", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=9223372036854775808i", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=18446744073709551616u", "column 5: the value is neither a number, a boolean nor a text in quotation marks"),
    ("m f=\"x", "column 5: the text has no closing quotation mark"),
    ("m,a f=1", "column 4: the tag has no '=' and value"),
    ("m,=b f=1", "column 3: the tag has no name"),
    ("m,a=b=c f=1", "column 6: in the value of a tag '=' is written '\\='"),
    ("m f=1 x", "column 7: the time is not a whole number of 64 bits"),
    ("m f=1 1.5", "column 7: the time is not a whole number of 64 bits"),
    ("m f=1 9223372036854775808", "column 7: the time is not a whole number of 64 bits"),
    ("m f=1 1 2", "column 9: nothing may follow the time"),
  ])
  func `what is not a point is refused with its place, and the lines beside it are kept`(
    line: String, reason: String
  ) {
    let lines = parse("first f=1\n\(line)\nlast f=2\n")
    #expect(lines.points == ["first[] f=1.0", "last[] f=2.0"])
    #expect(lines.errors == ["line 2, \(reason)"])
  }

  @Test func `lines are counted through texts of several lines`() {
    let lines = parse("m a=\"1\n2\n3\",b=1\nm b=x\n")
    #expect(lines.points == ["m[] a=text,b=1.0"])
    #expect(lines.errors.map { $0.prefix(16) } == ["line 4, column 5"])
  }

  @Test func `a backslash does not hide the end of a line in a text`() {
    let lines = parse("m a=\"1\\\n2\"\nm b=x\n")
    #expect(lines.points == ["m[] a=text"])
    #expect(lines.errors.map { $0.prefix(16) } == ["line 3, column 5"])
  }

  @Test func `comments and empty lines are nothing`() {
    let lines = parse("# a comment f=1\n\n   \n  # another\r\n\r\n")
    #expect(lines.points == [])
    #expect(lines.errors == [])
  }

  @Test func `a line that is not UTF-8 is refused`() {
    let lines = parse(Array("m,a=".utf8) + [0xff] + Array(" f=1\nm f=1".utf8))
    #expect(lines.points == ["m[] f=1.0"])
    #expect(lines.errors == ["line 1, column 5: the line is not UTF-8"])
  }

  @Test func `what is not UTF-8 is found in its line of a text of several`() {
    let lines = parse(Array("m,a=".utf8) + [0xff] + Array(" f=\"1\n2\"\nm f=\"1\n".utf8) + [0xff] + Array("\"\nm f=1".utf8))
    #expect(lines.points == ["m[] f=1.0"])
    #expect(lines.errors == ["line 1, column 5: the line is not UTF-8", "line 4, column 1: the line is not UTF-8"])
  }

  @Test(arguments: [
    (LineProtocolPrecision.nanoseconds, 1_999_999, 1), (.microseconds, 1_999, 1), (.milliseconds, 1, 1),
    (.seconds, 2, 2_000), (.minutes, 2, 120_000), (.hours, 2, 7_200_000), (.nanoseconds, -1, -1),
    (.microseconds, -1_000, -1),
  ])
  func `times are milliseconds, rounded down`(precision: LineProtocolPrecision, time: Int, expected: Int) {
    #expect(parse("m f=1 \(time)", precision).points == ["m[] f=1.0 @\(expected)"])
  }

  @Test(arguments: [LineProtocolPrecision.seconds, .minutes, .hours])
  func `a time beyond 64 bits is refused`(precision: LineProtocolPrecision) {
    #expect(
      parse("m f=1 9223372036854775807", precision).errors
        == ["line 1, column 7: the time is beyond 64 bits of milliseconds"])
  }

  @Test func `precisions have the names of InfluxDB's versions`() {
    let names = ["ns", "n", "us", "u", "µ", "ms", "s", "m", "h"]
    #expect(names.allSatisfy { LineProtocolPrecision(name: $0) != nil })
    #expect(Set(names.compactMap { LineProtocolPrecision(name: $0) }) == Set(LineProtocolPrecision.allCases))
    #expect(LineProtocolPrecision(name: "d") == nil)
  }

  @Test func `limits hold`() {
    var limits = LineProtocolLimits()
    limits.lineBytesMax = 40
    limits.tagsMax = 1
    limits.fieldsMax = 2
    limits.nameBytesMax = 5
    limits.valueBytesMax = 3
    let longest = "m,a=b f=1,g=2" + String(repeating: " ", count: 25)
    for (line, reason) in [
      (longest + "123", "column 41: the line is longer than 40 bytes"),
      ("m f=\"\(String(repeating: "x", count: 40))\"", "column 5: the line is longer than 40 bytes"),
      ("m,a=1,b=2 f=1", "column 7: the point has more than 1 tags"),
      ("m f=1,g=2,h=3", "column 11: the point has more than 2 fields"),
      ("mmmmmm f=1", "column 1: the measurement has more than 5 bytes"),
      ("mmm ff=1", "column 5: the measurement and the field have more than 5 bytes together"),
      ("m,aaaaaa=1 f=1", "column 3: the name of the tag has more than 5 bytes"),
      ("m,a=1234 f=1", "column 5: the value of the tag has more than 3 bytes"),
    ] {
      let lines = parse("\(line)\nm f=1", limits: limits)
      #expect(lines.errors == ["line 1, \(reason)"])
      #expect(lines.points == ["m[] f=1.0"])
    }
    #expect(parse(longest + "12\nm f=1", limits: limits).points.count == 2)
  }

  @Test(arguments: [
    ("", true), ("\n# no point\n", true), ("m f=1 1", true), ("m f=1 1\r\nm f=2 -5  \n", true), ("m f=1", false),
    ("m f=1 1\nm f=2\n", false), ("m f=\"x 1\"\n", false), ("m f=\"\n 1\" 5\n", false), ("12", false),
  ])
  func `a text is timed where each line has a time`(text: String, isTimed: Bool) {
    #expect(LineProtocolParser.isTimed(Array(text.utf8).span) == isTimed)
  }
}
