import MetricsQueries
import Testing

@testable import MetricsAPI

/// Goal: statistics of several steps are those of all their values, as far as the steps say.
@Suite struct StepStatisticsTests {
  private static func step(_ values: [(Double, Int)], sum: Double? = nil, hasSketch: Bool = true) -> StepSummary {
    StepSummary(
      end: 1, count: values.reduce(0) { $0 + $1.1 }, sum: sum, min: values.map(\.0).min() ?? 0,
      max: values.map(\.0).max() ?? 0,
      buckets: hasSketch ? values.map { ValueBucket(value: $0.0, count: $0.1) } : [])
  }

  @Test func `ranks of several steps are one list`() throws {
    let steps = [Self.step([(-2, 1), (4, 2)], sum: 6), Self.step([(0, 1), (4, 1), (10, 95)], sum: 954)]
    let found = try #require(SampleStatistics(steps))
    let values = [-2, 4, 4, 0, 4] + Array(repeating: 10.0, count: 95)
    let wanted = try #require(SampleStatistics(values))
    for aggregation in SeriesAggregation.allCases { #expect(found[aggregation] == wanted[aggregation]) }
    #expect(found.count == 100)
    #expect([found.isOfRollUps, wanted.isOfRollUps] == [true, false])
  }

  @Test func `without a sketch there are no quantiles, and with NaN the mean is that of the sketch`() throws {
    let bare = try #require(SampleStatistics([Self.step([(1, 1), (3, 1)], sum: 4, hasSketch: false)]))
    #expect(SeriesAggregation.allCases.map { bare[$0] } == [2, 1, 3, nil, nil, nil])
    let unknown = try #require(SampleStatistics([Self.step([(1, 1), (3, 3)])]))
    #expect(unknown[.mean] == 2.5)
    let neither = try #require(SampleStatistics([Self.step([(1, 1), (3, 3)], hasSketch: false)]))
    #expect(SeriesAggregation.allCases.map { neither[$0] } == [nil, 1, 3, nil, nil, nil])
    #expect(SampleStatistics([StepSummary]()) == nil)
  }
}
