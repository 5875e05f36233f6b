import JSON
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)),
    ("0", .number(.int(0))), ("-17", .number(.int(-17))),
    ("9223372036854775807", .number(.int(.max))), ("-9223372036854775808", .number(.int(.min))),
    ("9223372036854775808", .number(.unsigned(9_223_372_036_854_775_808))),
    ("18446744073709551615", .number(.unsigned(.max))),
    ("18446744073709551616", .number(.double(18_446_744_073_709_551_616))),
    ("1.5", .number(.double(1.5))), ("1e3", .number(.double(1000))), ("1E-2", .number(.double(0.01))),
    ("-0", .number(.double(-0.0))), ("0.1e+1", .number(.double(1))),
    (#""""#, .string("")), (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{c}\n\r\t")),
    (#""\u00e9\ud83d\ude00é""#, .string("é😀é")), (#""x\ud83dy""#, .string("x\u{fffd}y")),
    (#""\ud83d\u0041""#, .string("\u{fffd}A")),
    ("[]", .array([])), ("[1,[ ],\n{}]", .array([.number(.int(1)), .array([]), .object([])])),
    (
      #"{"a":1,"b":{"c":[null]},"a":2}"#,
      .object([
        .init("a", .number(.int(1))), .init("b", .object([.init("c", .array([.null]))])),
        .init("a", .number(.int(2))),
      ])
    ),
  ])
  func `well-formed text is read`(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test(arguments: [
    ("", 0), ("  ", 2), ("nul", 0), ("tru e", 0), ("01", 1), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0),
    ("1e999", 0), (#""abc"#, 4), (#""\x""#, 1), (#""\u12g4""#, 5), (#""\u12"#, 5), ("\"\n\"", 1), ("[1", 2),
    ("[1,]", 3), ("[1 2]", 3), ("[,1]", 1), ("{", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7),
    (#"{a:1}"#, 1), ("1 2", 2), ("]", 0), ("NaN", 0), ("'a'", 0), ("[1}", 2),
  ])
  func `a mistake is told with its place`(text: String, offset: Int) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.offset == offset, "\(String(describing: error))")
  }

  @Test(arguments: [
    [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xe2, 0x82],
  ])
  func `text that is not UTF-8 is refused`(bytes: [UInt8]) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    #expect(error == JSONError(offset: 1, reason: "the text is not UTF-8"))
  }

  @Test func `depth and size have limits`() throws {
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(try JSONValue(parsing: deep).array?.count == 1)
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[\(deep)]") }
    #expect(error?.offset == 128)
    #expect(throws: JSONError.self) { try JSONValue(parsing: "[1,2]", limits: JSONLimits(bytesMax: 4)) }
  }

  @Test func `members are found by key and elements by index`() throws {
    let value = try JSONValue(parsing: #"{"a":[true,"x",1.0,2],"b":null,"a2":1}"#)
    #expect(value["a"]?[0]?.bool == true)
    #expect(value["a"]?[1]?.string == "x")
    #expect(value["a"]?[2]?.int == 1)
    #expect(value["a"]?[3]?.double == 2)
    #expect(value["a"]?[4] == nil)
    #expect(value["b"]?.isNull == true)
    #expect(value["c"] == nil)
  }

  @Test func `what is written reads back`() throws {
    let text = #"{"a":[1,-2.5,"é\n\u0001\"",true,null,{}],"b":18446744073709551615,"c":1e+300}"#
    let value = try JSONValue(parsing: text)
    #expect(String(decoding: value.encoded, as: UTF8.self) == text)
  }
}
