import JSON
import Testing

@Suite struct JSONWriterTests {
  @Test func `objects and arrays get their commas`() {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("name", "axonize")
      writer.member("none", nil as String?)
      writer.member("count", 3)
      writer.member("ratio", 0.5)
      writer.member("on", true)
      writer.key("list")
      writer.array { writer in
        writer.int(1)
        writer.beginObject()
        writer.endObject()
        writer.raw(Array("[2]".utf8))
      }
      writer.key(utf8: Array("k\"".utf8)[...])
      writer.null()
    }
    #expect(
      text(writer)
        == #"{"name":"axonize","none":null,"count":3,"ratio":0.5,"on":true,"list":[1,{},[2]],"k\"":null}"#)
  }

  @Test(arguments: [
    ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\u{0}\u{1f}\u{7f}", "\"\\u0000\\u001f\u{7f}\""),
    ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#), ("é😀/", #""é😀/""#), ("", #""""#),
  ])
  func `strings are escaped`(value: String, expected: String) {
    var writer = JSONWriter()
    writer.string(value)
    #expect(text(writer) == expected)
    writer.removeAll()
    writer.string(utf8: Array(value.utf8)[...])
    #expect(text(writer) == expected)
  }

  @Test func `ill-formed bytes are repaired`() {
    var writer = JSONWriter()
    writer.string(utf8: [0x61, 0xff, 0x62])
    #expect(text(writer) == "\"a\u{fffd}b\"")
  }

  @Test func `numbers beyond what a Double keeps become strings on demand`() {
    var writer = JSONWriter()
    writer.array { writer in
      writer.exactInt(9_007_199_254_740_991 as Int64)
      writer.exactInt(-9_007_199_254_740_992 as Int64)
      writer.exactInt(UInt64.max)
      writer.int(UInt64.max)
      writer.double(1)
      writer.double(1e21)
      writer.double(.nan)
      writer.double(-.infinity)
    }
    #expect(
      text(writer)
        == #"[9007199254740991,"-9007199254740992","18446744073709551615",18446744073709551615,1.0,1e+21,"NaN","-Infinity"]"#
    )
  }

  private func text(_ writer: JSONWriter) -> String { String(decoding: writer.bytes, as: UTF8.self) }
}
