import Columns
import MetricsIndex
import MetricsTables
import Series
import Testing

@testable import MetricsQueries

@Suite("Order of samples")
struct SampleSorterTests {
  private static func sort(_ rows: [(UInt64, Int64, Double)]) -> SeriesSamples {
    let result = QueryResult(
      columns: [
        ResultColumn(name: "series_id", values: .unsigneds(rows.map(\.0))),
        ResultColumn(name: "milliseconds", values: .ints(rows.map(\.1))),
        ResultColumn(name: "number", values: .ints(rows.map { SampleNumber($0.2).number })),
        ResultColumn(name: "scale", values: .octets(rows.map { SampleNumber($0.2).scale })),
      ], rowCount: rows.count)
    let series = [1, 2, 3].map { IndexedSeries(id: $0, metric: 0, labels: LabelSet([Label("id", "\($0)")])) }
    return SampleSorter(series[...]).samples(of: result).samples
  }

  @Test("rows of several parts become ascending columns by series, and series without rows are left out")
  func parts() {
    let samples = Self.sort([(3, 10, 1), (3, 20, 2), (1, 5, 3), (3, 15, 4), (1, 1, 5), (1, 7, 6)])
    #expect(samples.labels.map { $0["id"] } == ["1", "3"])
    #expect(samples.ends == [3, 6])
    #expect(samples.times == [1, 5, 7, 10, 15, 20])
    #expect(samples.values == [5, 3, 6, 1, 4, 2])
  }

  @Test(
    "of two samples of one time the stronger is kept, in whatever order they are read",
    arguments: [(1.0, 2.0, 2.0), (-1, -2, -1), (.nan, 1, 1), (StaleMarker.value, 1, 1)] as [(Double, Double, Double)])
  func duplicates(first: Double, second: Double, kept: Double) {
    #expect(Self.sort([(1, 5, first), (1, 5, second), (1, 6, 0)]).values == [kept, 0])
    #expect(Self.sort([(1, 5, second), (1, 5, first), (1, 6, 0)]).values == [kept, 0])
  }

  @Test("a value that is no number is stronger than a stale marker")
  func stale() {
    for pair in [[StaleMarker.value, .nan], [.nan, StaleMarker.value]] {
      let values = Self.sort(pair.map { (1, 5, $0) }).values
      #expect(values.count == 1)
      #expect(values.allSatisfy { $0.isNaN && !StaleMarker.isStale($0) })
    }
  }
}
