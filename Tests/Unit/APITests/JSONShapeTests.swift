import APITestSupport
import Base
import JSON
import Testing

@testable import API

/// Goal: what a shape writes is what its schema says.
///
/// Method: values of every kind, held against the schema.
@Suite struct JSONShapeTests {
  private struct Part: Sendable {
    var text: String
    var count: Int
  }

  private struct Whole: Sendable {
    var trace = TraceID(high: 0x0102, low: 0xfe)
    var span: SpanID?
    var parts: [Part] = []
    var note: String?
    var size: Int64 = 0
    var start = UnixNanoseconds(0)
    var value = 0.5
    var names: [String: String] = [:]
  }

  private static let part = JSONShape<Part>.object { part in
    part.member("text", .string) { $0.text }
    part.member("count", .integer) { $0.count }
  }
  .named("Part")

  private static let whole = JSONShape<Whole>.object { whole in
    whole.member("trace_id", .traceID) { $0.trace }
    whole.member("span_id", .orNull(.spanID)) { $0.span }
    whole.member("parts", .list(part)) { $0.parts }
    whole.member("first", .orNull(part)) { $0.parts.first }
    whole.optionalMember("note", .string.described("A note.")) { $0.note }
    whole.member("size", .exactInteger) { $0.size }
    whole.member("start", .nanoseconds) { $0.start }
    whole.member("time", .dateTime) { $0.start }
    whole.member("value", .anyNumber) { $0.value }
    whole.member("names", .stringsByName) { $0.names }
  }
  .named("Whole")

  private static func written(_ value: Whole) -> String {
    var writer = JSONWriter()
    whole.write(value, &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static let rest = #""start":"0","time":"1970-01-01T00:00:00Z","value":0.5,"names":{}}"#

  @Test func `members are written in the order of the declaration`() {
    var value = Whole()
    #expect(
      Self.written(value)
        == #"{"trace_id":"000000000000010200000000000000fe","span_id":null,"parts":[],"first":null,"size":0,"#
        + Self.rest)
    value.span = SpanID(0xabc)
    value.parts = [Part(text: "\"", count: 2), Part(text: "", count: -1)]
    value.note = "n"
    value.size = .min
    #expect(
      Self.written(value)
        == #"{"trace_id":"000000000000010200000000000000fe","span_id":"0000000000000abc","parts":[{"text":"\"","count":2},"#
        + #"{"text":"","count":-1}],"first":{"text":"\"","count":2},"note":"n","size":"-9223372036854775808","#
        + Self.rest)
  }

  @Test(arguments: [0, 7, -1, 1_795_248_000_000_000_123, Int64.max, Int64.min])
  func `what is written meets the schema`(number: Int64) throws {
    var value = Whole()
    value.size = number
    value.start = UnixNanoseconds(number)
    value.value = number == 0 ? .nan : -.infinity
    value.parts = [Part(text: "a", count: 1)]
    value.names = ["b": "", "a": "x"]
    let json = try JSONValue(parsing: Array(Self.written(value).utf8))
    #expect(json["start"]?.string == "\(number)")
    let check = SchemaCheck(Self.whole.schemas)
    #expect(check.problems(json, Self.whole.schema) == [])
    #expect(!check.problems(.object([]), Self.whole.schema).isEmpty)
  }

  @Test func `a named shape brings its schema and those below`() {
    #expect(Self.whole.schema["$ref"]?.string == "#/components/schemas/Whole")
    #expect(Self.whole.schemas.all.map(\.name) == ["Part", "Whole"])
    let required = Self.whole.schemas["Whole"]?["required"]?.array?.compactMap(\.string)
    #expect(required?.contains("note") == false)
    #expect(required?.contains("first") == true)
    #expect(Self.whole.schemas["Whole"]?["properties"]?["note"]?["description"]?.string == "A note.")
  }

  @Test func `an object of members of any names keeps their order, and each has the shape of the element`() throws {
    let shape = JSONShape<[(name: String, value: Part)]>.objectByName(Self.part)
    var writer = JSONWriter()
    shape.write([("b", Part(text: "x", count: 1)), ("a", Part(text: "", count: 2))], &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"b":{"text":"x","count":1},"a":{"text":"","count":2}}"#)
    let check = SchemaCheck(shape.schemas)
    #expect(check.problems(try JSONValue(parsing: writer.bytes), shape.schema) == [])
    #expect(check.problems(try JSONValue(parsing: #"{"b":{"text":"x"}}"#), shape.schema) == ["$.b: no count"])
  }
}
