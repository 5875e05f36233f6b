import Metrics
import Testing

struct MetricRegistryTests {
  @Test func `a counter counts what four tasks add at once`() async {
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<1000 { counter.add(2) } } }
    }
    #expect(counter.value == 8000)
  }

  @Test func `a gauge keeps every addition that tasks make at once`() async {
    let gauge = Gauge()
    gauge.set(10)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<1000 { gauge.add(0.5) } } }
    }
    #expect(gauge.value == 2010)
  }

  @Test(arguments: [(0.5, 0), (1.0, 0), (1.5, 1), (2.0, 1), (2.1, 2), (.infinity, 2), (-1, 0)])
  func `a histogram counts a value in the first bucket whose bound is not below it`(value: Double, bucket: Int) {
    let histogram = Histogram(bounds: [1, 2])
    histogram.observe(value)
    #expect(histogram.snapshot().counts.firstIndex(of: 1) == bucket)
    #expect(histogram.snapshot().sum == value)
  }

  @Test func `a histogram ignores NaN and counts durations in seconds`() {
    let histogram = Histogram(bounds: [1])
    histogram.observe(.nan)
    histogram.observe(Duration.milliseconds(250))
    #expect(histogram.snapshot() == HistogramSnapshot(bounds: [1], counts: [1, 0], sum: 0.25))
  }

  @Test func `a family past its bound counts further label values as other`() {
    let registry = MetricRegistry()
    let family = registry.counters("x_total", help: "X.", labelNames: ["path"], seriesCountMax: 2)
    for path in ["a", "b", "c", "d", "a"] { family.labeled(path).add() }
    let series = registry.snapshot()[0].series
    #expect(series.map { $0.labels[0].value } == ["a", "b", "other"])
    #expect(series.map(\.value) == [.integer(2), .integer(1), .integer(2)])
  }

  @Test func `a snapshot has the families by name and reads callbacks anew`() {
    let registry = MetricRegistry()
    let source = Gauge()
    registry.gauge("b_bytes", help: "B.") { source.value }
    _ = registry.counter("a_total", help: "A.", labels: [MetricLabel("kind", "x")])
    _ = registry.counter("a_total", help: "A.", labels: [MetricLabel("kind", "w")])
    source.set(5)
    let snapshot = registry.snapshot()
    #expect(snapshot.map(\.name) == ["a_total", "b_bytes"])
    #expect(snapshot[0].series.map { $0.labels[0].value } == ["w", "x"])
    #expect(snapshot[1].series[0].value == .number(5))
  }
}
