import Base
import MetricsIndex
import SQLBuilder
import Series
import Testing

@testable import MetricsQueries

@Suite("Conditions for samples")
struct SampleConditionsTests {
  private static func series(_ metric: UInt32, _ ids: UInt64...) -> [IndexedSeries] {
    ids.map { IndexedSeries(id: $0, metric: metric, labels: LabelSet([Label(Label.metricName, "m\(metric)")])) }
  }

  private static func list(_ metrics: [UInt64], _ ids: [UInt64]) -> [SQLFragment] {
    ["has(\(metrics), toUInt64(metric))", "series_id IN \(ids)"]
  }

  private static func range(_ metric: UInt64, _ first: UInt64, _ last: UInt64) -> SQLFragment {
    "metric = \(metric) AND series_id >= \(first) AND series_id <= \(last)"
  }

  private let selected = series(1, 10, 20, 30) + series(2, 5, 15)

  @Test("a metric that is selected whole is a range of ids, for each portion")
  func whole() {
    let conditions = SampleConditions(selected) { ["m1": 3, "m2": 2][$0] ?? 0 }
    #expect(conditions.conditions(selected[0..<2]) == [.any([Self.range(1, 10, 20)])])
    #expect(conditions.conditions(selected[1..<4]) == [.any([Self.range(1, 20, 30), Self.range(2, 5, 5)])])
  }

  @Test("a metric that has further series is a list of ids")
  func part() {
    let conditions = SampleConditions(selected) { ["m1": 4, "m2": 2][$0] ?? 0 }
    #expect(conditions.conditions(selected[0..<2]) == Self.list([1], [10, 20]))
    #expect(conditions.conditions(selected[2..<5]) == Self.list([1, 2], [30, 5, 15]))
    #expect(conditions.conditions(selected[3...]) == [.any([Self.range(2, 5, 15)])])
  }

  @Test("many metrics are a list of ids")
  func many() {
    let selected = (1...9).flatMap { Self.series($0, UInt64($0)) }
    let conditions = SampleConditions(selected) { _ in 1 }
    #expect(conditions.conditions(selected[...]) == Self.list(Array(1...9), Array(1...9)))
    #expect(conditions.conditions(selected[..<8]) == [.any((1...8).map { Self.range($0, $0, $0) })])
  }
}
