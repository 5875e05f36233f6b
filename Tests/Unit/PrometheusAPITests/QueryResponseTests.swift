import HTTPTypes
import PromQL
import Series
import SeriesPatterns
import Testing

@testable import PrometheusAPI

/// No series at all.
private struct NoSeries: SeriesSource {
  func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] { [] }

  func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {}
}

@Suite("Responses to queries")
struct QueryResponseTests {
  @Test("writing a response ends with the time for its query", arguments: [0, 1, 2, 3, 4])
  func late(allowedCount: Int) throws {
    let patterns = SeriesPatternCompiler()
    let query =
      #"vector(1) or label_replace(vector(2), "a", "b", "", "") or label_replace(vector(3), "a", "c", "", "")"#
    let result = try PromQLEngine(compiler: patterns).range(
      try PromQLParser(patterns: patterns).parse(query), from: 0, through: 60_000, step: 30_000, over: NoSeries(),
      deadline: .now + .seconds(60), isCancelled: { false })
    var askedCount = 0
    let respond = {
      try PrometheusQueries.response(result, of: query) {
        askedCount += 1
        return askedCount > allowedCount
      }
    }
    guard allowedCount >= 3 else {
      #expect(throws: EvaluationError.timeout) { try respond() }
      return
    }
    let response = try respond()
    guard case .bytes(let body) = response.body else {
      Issue.record("the body is not whole")
      return
    }
    let parts = String(decoding: body, as: UTF8.self).split(separator: #""values":"#, omittingEmptySubsequences: false)
    #expect(parts.count == 4)
  }
}
