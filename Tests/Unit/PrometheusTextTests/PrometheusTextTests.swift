import Metrics
import Testing

@testable import PrometheusText

struct PrometheusTextTests {
  @Test func `every kind of metric is written in the text format`() {
    let registry = MetricRegistry()
    registry.counter("axonize_spans_total", help: "Spans stored\nso far.", labels: [MetricLabel("q", "a\"b\\c\nd")])
      .add(3)
    registry.gauge("axonize_queue_bytes", help: "Bytes in the queue.").set(1.5)
    registry.gauge("axonize_none_ratio", help: "No value.") { .nan }
    _ = registry.counters("axonize_unused_total", help: "Without a series.", labelNames: ["x"])
    let histogram = registry.histogram("axonize_wait_seconds", help: "Wait.", bounds: [0.001, 1])
    for value in [0.0005, 0.5, 0.5, 7] { histogram.observe(value) }
    let text = String(decoding: PrometheusText.encode(registry.snapshot()), as: UTF8.self)
    #expect(
      text == """
        # HELP axonize_queue_bytes Bytes in the queue.
        # TYPE axonize_queue_bytes gauge
        axonize_queue_bytes 1.5
        # HELP axonize_spans_total Spans stored\\nso far.
        # TYPE axonize_spans_total counter
        axonize_spans_total{q="a\\"b\\\\c\\nd"} 3
        # HELP axonize_wait_seconds Wait.
        # TYPE axonize_wait_seconds histogram
        axonize_wait_seconds_bucket{le="0.001"} 1
        axonize_wait_seconds_bucket{le="1"} 3
        axonize_wait_seconds_bucket{le="+Inf"} 4
        axonize_wait_seconds_sum 8.0005
        axonize_wait_seconds_count 4

        """)
  }

  @Test(arguments: [(0.0, "0"), (1e21, "1e+21"), (-.infinity, "-Inf"), (0.1, "0.1"), (1e-7, "1e-07")])
  func `numbers are spelt so that Go reads them`(value: Double, text: String) {
    #expect(PrometheusText.number(value) == text)
  }
}
