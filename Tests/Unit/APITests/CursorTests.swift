import Base
import HTTPTypes
import Testing

@testable import API

@Suite struct CursorTests {
  private let cursor = Cursor(
    range: TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(7_258_118_400_000_000_000)), key: .min,
    traceID: TraceID(high: .max, low: 1), span: SpanID(0x8000_0000_0000_0001))
  private let named = Cursor(name: "POST /v1/chät ✓", key: 5)

  @Test func `a cursor reads its own text`() {
    #expect(Cursor(cursor.text(fingerprint: 3), fingerprint: 3) == cursor)
    #expect(Cursor(named.text(fingerprint: 3), fingerprint: 3) == named)
  }

  @Test(arguments: [(-5, 10), (0, Int64.max), (Int64.min, Int64.max)] as [(Int64, Int64)])
  func `a cursor over times that no request can ask for is refused`(start: Int64, end: Int64) {
    var forged = cursor
    forged.range = TimeRange(start: UnixNanoseconds(start), end: UnixNanoseconds(end))
    #expect(Cursor(forged.text(fingerprint: 3), fingerprint: 3) == nil)
  }

  @Test func `a cursor of another search is refused`() {
    #expect(Cursor(cursor.text(fingerprint: 3), fingerprint: 4) == nil)
  }

  @Test func `a changed character is refused`() {
    for text in [cursor, named].map({ Array($0.text(fingerprint: 3)) }) {
      for index in text.indices {
        var changed = text
        changed[index] = changed[index] == "A" ? "B" : "A"
        #expect(Cursor(String(changed), fingerprint: 3) == nil, "character \(index)")
      }
    }
    let text = Array(cursor.text(fingerprint: 3))
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
