import Series
import Testing

@Suite("Matchers of several values")
struct LabelMatcherValuesTests {
  @Test func `a matcher of several values matches each of them and nothing else`() {
    let matcher = LabelMatcher("uuid", anyOf: ["GPU-1", "a.b"])
    #expect(["GPU-1", "a.b"].allSatisfy(matcher.matches))
    #expect(!["", "GPU-", "axb", "GPU-1|a.b"].contains(where: matcher.matches))
    #expect(matcher.description == #"uuid=~"GPU-1|a\\.b""#)
    #expect(matcher == LabelMatcher("uuid", anyOf: ["a.b", "GPU-1"]))
  }
}
