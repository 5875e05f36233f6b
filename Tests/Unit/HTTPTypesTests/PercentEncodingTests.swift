import HTTPTypes
import Testing

@Suite struct PercentEncodingTests {
  @Test(arguments: [
    ("", ""), ("abc", "abc"), ("a%20b", "a b"), ("%ea%b0%80", "가"), ("100%25", "100%"), ("a+b", "a+b"),
  ])
  func `encoded text is decoded`(encoded: String, decoded: String) {
    #expect(PercentEncoding.decode(encoded) == decoded)
  }

  @Test(arguments: ["%", "%4", "%zz", "a%g0", "%ff", "%c3%28"])
  func `broken escapes and broken UTF-8 are refused`(text: String) {
    #expect(PercentEncoding.decode(text) == nil)
    #expect(QueryParameter.parse("a=\(text)") == nil)
    #expect(PercentEncoding.segments(ofPath: "/x/\(text)") == nil)
  }

  @Test func `every byte survives encoding and decoding`() {
    let text = String(String.UnicodeScalarView((1...0x7ff).compactMap(Unicode.Scalar.init(_:))))
    #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
  }

  @Test func `a query string has parameters in order`() {
    let parameters = QueryParameter.parse("a=1&b=x+y%2B&a=2&&c&=d&e=f=g")
    #expect(
      parameters?.map { "\($0.name):\($0.value)" } == ["a:1", "b:x y+", "a:2", "c:", ":d", "e:f=g"])
  }
}
