import Testing

/// Goal: the runner of scripts finds what is wrong, and the main rules of evaluation hold where Prometheus' test files
/// are not at hand.
@Suite("Scripts")
struct ScriptTests {
  private func run(_ script: String) throws -> TestRunner {
    var runner = TestRunner()
    runner.run(try TestScript(script))
    return runner
  }

  @Test(
    "a wrong expectation is found",
    arguments: [
      ("m", "m 2"), ("m", "n 1"), ("m", ""), ("m", "m 1\n m{a=\"1\"} 1"), ("1", "2"), ("m", "1"), ("1", "m 1"),
      ("\"a\"", "expect string \"b\""), ("m", "expect fail"), ("m", "expect warn\n m 1"),
      ("rate(m[5m])", "expect no_info\n {} 0.0033333333"), ("m +", "m 1"), ("m +", "expect fail msg: other"),
      ("sort_desc({__name__=~\"m|n\"})", "expect ordered\n m 1\n n 2"),
    ])
  func wrongExpectation(expression: String, expectation: String) throws {
    let runner = try run("load 1m\n m 1 2\n n 2 3\n\neval instant at 0m \(expression)\n \(expectation)\n")
    #expect(runner.passedCount == 0)
    #expect(runner.failures.count == 1)
  }

  @Test("a right expectation passes, and a native histogram is skipped")
  func rightExpectation() throws {
    let runner = try run(
      """
      load 1m
        m{a="b"} 1+2x3 _ stale 5x1
        h {{schema:0 count:1}}x3

      # A comment.
      eval range from 0 to 5m step 1m m
        m{a="b"} 1 3 5 7 7 _

      eval instant at 1m h
        h {{schema:0 count:1}}

      clear
      eval instant at 1m m

      """)
    #expect(runner.failures == [])
    #expect(runner.passedCount == 2)
    #expect(runner.skippedCount == 1)
  }

  @Test("the main rules hold")
  func mainRules() throws {
    let runner = try run(Self.rules)
    #expect(runner.failures.isEmpty, "\(runner.failures.joined(separator: "\n"))")
    #expect(runner.passedCount == 29)
  }

  private static let rules = """
    load 1m
      requests_total{job="a", instance="1"} 0+60x10
      requests_total{job="a", instance="2"} 0+120x4 0+120x5
      requests_total{job="b", instance="1"} 0+30x10
      limits{job="a"} 4
      gauge 1 2 stale _ 5
      lat_bucket{le="0.1"} 0+1x10
      lat_bucket{le="1"} 0+3x10
      lat_bucket{le="+Inf"} 0+4x10
      broken_bucket{le="1"} 5 5
      broken_bucket{le="2"} 3 3
      broken_bucket{le="+Inf"} 9 9

    # A window and the lookback begin after their start.
    eval instant at 5m count_over_time(gauge[5m])
      {} 2

    eval instant at 9m gauge

    eval instant at 8m59s gauge
      gauge 5

    # A stale marker ends a series.
    eval instant at 3m gauge

    eval instant at 10m rate(requests_total[5m])
      {job="a", instance="1"} 1
      {job="a", instance="2"} 2
      {job="b", instance="1"} 0.5

    eval instant at 5m increase(requests_total{instance="2"}[5m])
      {job="a", instance="2"} 450

    eval instant at 10m sum by (job) (rate(requests_total[5m]))
      {job="a"} 3
      {job="b"} 0.5

    eval range from 0 to 2m step 1m sum without (instance) (requests_total)
      {job="a"} 0 180 360
      {job="b"} 0 30 60

    eval instant at 4m topk(1, requests_total)
      requests_total{job="a", instance="2"} 480

    eval instant at 1m requests_total / on (job) group_left () limits
      {job="a", instance="1"} 15
      {job="a", instance="2"} 30

    eval instant at 1m limits / on (job) requests_total
      expect fail regex: found duplicate series for the match group {job="a"} on the right hand-side

    eval instant at 1m requests_total / on (job) limits
      expect fail msg: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)

    eval instant at 1m {__name__=~"requests_total|limits"} and on (job) limits
      requests_total{job="a", instance="1"} 60
      requests_total{job="a", instance="2"} 120
      limits{job="a"} 4

    eval instant at 1m requests_total{job="b"} or limits
      requests_total{job="b", instance="1"} 30
      limits{job="a"} 4

    eval instant at 1m requests_total unless on (job) limits
      requests_total{job="b", instance="1"} 30

    eval instant at 1m abs({__name__=~"limits|gauge", job=~"a|"}) * 0
      {job="a"} 0
      {} 0

    eval instant at 1m label_replace(requests_total, "instance", "x", "instance", ".*")
      expect fail msg: vector cannot contain metrics with the same labelset

    eval instant at 10m histogram_quantile(0.5, rate(lat_bucket[5m]))
      {} 0.55

    eval instant at 10m histogram_quantile(2, lat_bucket)
      expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)
      {} +Inf

    # Buckets that do not grow are lifted.
    eval range from 0 to 1m step 1m histogram_quantile(0.5, broken_bucket)
      expect info msg: PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "broken_bucket", from buckets 2 to 2, with a max diff of 2, over 2 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:25)
      {} 0.9 0.9

    eval instant at 10m max_over_time(sum(requests_total)[5m:1m])
      {} 1500

    eval instant at 10m requests_total{job="b"} @ 120 offset 1m
      requests_total{job="b", instance="1"} 30

    eval instant at 10m absent(nothing{job="x"})
      {job="x"} 1

    eval instant at 1m sort_desc(requests_total)
      expect ordered
      requests_total{job="a", instance="2"} 120
      requests_total{job="a", instance="1"} 60
      requests_total{job="b", instance="1"} 30

    eval range from 0 to 1m step 1m sort(limits)
      expect warn msg: PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)
      limits{job="a"} 4 4

    eval instant at 0 2 ^ 3 ^ 2
      512

    # Trimming is for native histograms.
    eval instant at 0 1 </ 2
      expect fail msg: operator "</" not allowed for Scalar operations

    eval instant at 1m requests_total >/ 2
      expect info msg: PromQL info: incompatible sample types encountered for binary operator ">/": float >/ float (1:1)

    eval instant at 0m count_values("v", limits)
      {v="4"} 1

    """
}
