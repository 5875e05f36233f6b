import Testing

@testable import MetricsAPI

@Suite struct CSVTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"a\"", "\"say \"\"a\"\"\""), ("a\nb", "\"a\nb\""),
    ("a\r\nb", "\"a\r\nb\""), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("=cmd|' /C calc'!A0,", "\"'=cmd|' /C calc'!A0,\""),
    ("{a=\"b\"}", "\"{a=\"\"b\"\"}\""),
    ("é", "é"),
  ])
  func `a cell is one cell to every reader, and no formula`(text: String, cell: String) {
    #expect(CSVText.cell(text) == cell)
  }

  @Test func `rows end with CR LF`() {
    var bytes: [UInt8] = []
    CSVText.append(["a", "b"], to: &bytes)
    CSVText.append(["c"], to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "a,b\r\nc\r\n")
  }
}
