import Series
import SeriesPatterns
import Testing

@Suite struct SeriesPatternCompilerTests {
  private let compiler = SeriesPatternCompiler()

  @Test func `a matcher of PromQL asks the expression`() throws {
    let matcher = try LabelMatcher("job", .matches, "node|gpu-[0-9]+", compiler: compiler)
    #expect(matcher.matches(LabelSet([Label("job", "gpu-12")])))
    #expect(!matcher.matches(LabelSet([Label("job", "gpu-12x")])))
    let negative = try LabelMatcher("job", .doesNotMatch, "node.*", compiler: compiler)
    #expect(negative.matches(.empty))
    #expect(!negative.matches(LabelSet([Label("job", "node-exporter")])))
  }

  @Test func `label_replace gets its groups`() throws {
    let pattern = try compiler.compile("([^:]+):(?P<port>[0-9]+)")
    #expect(pattern.expand("$1 at ${port}", matching: "a:9100") == "a at 9100")
    #expect(pattern.expand("$1", matching: "a") == nil)
  }

  @Test func `a mistake is named`() {
    #expect(throws: TextPatternError("missing ): a(b")) { try LabelMatcher("job", .matches, "a(b", compiler: compiler) }
  }
}
