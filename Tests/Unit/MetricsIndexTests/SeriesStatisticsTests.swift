import Base
import MetricsIndex
import Series
import Testing

@Suite("Statistics of the index of series")
struct SeriesStatisticsTests {
  private let index = SeriesIndex()
  private let tenant = TenantID(7)

  init() {
    for id in UInt64(0)..<20 {
      let labels = [
        ("__name__", id < 15 ? "requests" : "up"), ("instance", "i\(id)"), ("job", id.isMultiple(of: 2) ? "a" : "b"),
      ]
      index.insert(id, of: tenant, metric: 1, day: 100 + UInt32(id)) {
        LabelSet(labels.map { Label($0.0, $0.1) })
      }
    }
    index.insert(99, of: TenantID(8), metric: 1, day: 7) { LabelSet([Label("__name__", "other")]) }
  }

  private func texts(_ counts: [SeriesStatistics.Count]) -> [String] { counts.map { "\($0.name) \($0.count)" } }

  @Test("counts the series and labels of one tenant, the most first")
  func counts() {
    let statistics = index.statistics(of: tenant, limit: 3)
    #expect(statistics.seriesCount == 20)
    #expect(statistics.labelPairCount == 24)
    #expect(statistics.days == 100...119)
    #expect(texts(statistics.seriesCountByMetric) == ["requests 15", "up 5"])
    #expect(texts(statistics.valueCountByLabel) == ["instance 20", "__name__ 2", "job 2"])
    #expect(texts(statistics.valueBytesByLabel) == ["instance 50", "__name__ 10", "job 2"])
    #expect(texts(statistics.seriesCountByPair) == ["__name__=requests 15", "job=a 10", "job=b 10"])
  }

  @Test("a list is no longer than its limit", arguments: [1, 2, 7, 100])
  func limits(limit: Int) {
    let all = texts(index.statistics(of: tenant, limit: 1_000).seriesCountByPair)
    #expect(all.count == 24)
    #expect(texts(index.statistics(of: tenant, limit: limit).seriesCountByPair) == Array(all.prefix(limit)))
  }

  @Test("a tenant without series has none")
  func nothing() {
    let statistics = index.statistics(of: TenantID(1), limit: 10)
    #expect(statistics.seriesCount == 0)
    #expect(statistics.days == nil)
    #expect(texts(statistics.seriesCountByMetric) == [])
  }
}
