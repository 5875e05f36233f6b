import Ground
import HTTPTypes
import Testing
import TraceQueries

@testable import QueryAPI

@Suite struct CursorTests {
  private let cursor = Cursor(
    range: TimeRange(start: UnixNanoseconds(-5), end: UnixNanoseconds(.max)), key: .min,
    traceID: TraceID(high: .max, low: 1), span: SpanID(0x8000_0000_0000_0001))

  @Test func `a cursor reads its own text`() {
    #expect(Cursor(cursor.text(fingerprint: 3), fingerprint: 3) == cursor)
  }

  @Test func `a cursor of another search is refused`() {
    #expect(Cursor(cursor.text(fingerprint: 3), fingerprint: 4) == nil)
  }

  @Test func `a changed character is refused`() {
    let text = Array(cursor.text(fingerprint: 3))
    for index in text.indices {
      var changed = text
      changed[index] = changed[index] == "A" ? "B" : "A"
      #expect(Cursor(String(changed), fingerprint: 3) == nil, "character \(index)")
    }
    #expect(Cursor("", fingerprint: 3) == nil)
    #expect(Cursor(String(text.dropLast()), fingerprint: 3) == nil)
    #expect(Cursor(String(repeating: "é", count: 99), fingerprint: 3) == nil)
  }

  @Test func `the fingerprint ignores order, limit and cursor only`() {
    func print(_ query: String) -> UInt64 {
      Cursor.fingerprint(of: QueryParameter.parse(query) ?? [], path: "/api/v1/traces")
    }
    #expect(print("a=1&b=2") == print("b=2&a=1&limit=5&cursor=x"))
    #expect(print("a=1") != print("a=2"))
    #expect(print("ab=1") != print("a=b1"))
  }
}
