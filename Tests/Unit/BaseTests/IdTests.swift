import Base
import Testing

@Suite struct IdTests {
  @Test(arguments: [
    "00000000000000000000000000000001", "5b8aa5a2d2c872e8321cf37308d69df2", "ffffffffffffffffffffffffffffffff",
  ])
  func `a trace id reads its own text`(text: String) throws {
    let id = try #require(TraceID(hex: text))
    #expect(id.description == text)
    #expect(id.isValid)
    #expect(TraceID(hex: text.uppercased()) == id)
  }

  @Test(arguments: [
    "", "5b8aa5a2d2c872e8321cf37308d69df", "5b8aa5a2d2c872e8321cf37308d69dfg", "é8aa5a2d2c872e8321cf37308d69df2",
  ])
  func `other text is no trace id`(text: String) {
    #expect(TraceID(hex: text) == nil)
  }

  @Test func `a span id reads its own text`() {
    #expect(SpanID(hex: "051581bf3cb55c13")?.description == "051581bf3cb55c13")
    #expect(SpanID(hex: "051581bf3cb55c1") == nil)
    #expect(SpanID(hex: "0000000000000000")?.isValid == false)
  }
}
