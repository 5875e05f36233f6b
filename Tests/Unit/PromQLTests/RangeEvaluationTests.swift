import PromQL
import Series
import SeriesPatterns
import Testing

/// Goal: a range has at each step what an instant query has there.
///
/// Method: random series with gaps, resets, stale markers and values that are not numbers; all kinds of expressions,
/// each evaluated both ways.
@Suite("Ranges")
struct RangeEvaluationTests {
  static let expressions = [
    "m", "m offset 45s", "m offset -45s", "m @ 600", "m @ end()", "m smoothed", "-m", "timestamp(m)", "m > 3",
    "2 < bool m",
    "rate(m[2m])", "increase(m[5m] anchored)", "delta(m[5m] smoothed)", "irate(m[2m])", "idelta(m[1m])",
    "resets(m[10m])", "changes(m[10m])", "changes(m[2m] anchored)", "deriv(m[5m])", "predict_linear(m[5m], 60)",
    "double_exponential_smoothing(m[5m], 0.5, 0.3)", "sum_over_time(m[3m])", "avg_over_time(m[3m])",
    "min_over_time(m[3m])", "max_over_time(m[3m])", "count_over_time(m[3m])", "stddev_over_time(m[3m])",
    "stdvar_over_time(m[3m])", "quantile_over_time(0.3, m[3m])", "mad_over_time(m[3m])", "first_over_time(m[3m])",
    "last_over_time(m[3m])", "present_over_time(m[3m])", "absent_over_time(m{a=\"1\"}[15s])",
    "ts_of_max_over_time(m[3m])",
    "ts_of_min_over_time(m[3m])", "ts_of_first_over_time(m[3m])", "ts_of_last_over_time(m[3m])",
    "rate(m[2m]) / rate(m[5m])", "max_over_time(m[5m:30s])", "max_over_time(rate(m[1m])[5m:1m] offset 1m)",
    "sum(m)", "avg by (a) (m)", "count without (b) (m)", "min(m)", "max by (b) (m)", "stddev(m)", "stdvar by (a) (m)",
    "group(m)", "quantile(0.4, m)", "topk(2, m)", "bottomk by (a) (1, m)", "limitk(2, m)", "limit_ratio(0.5, m)",
    "limit_ratio(-0.5, m)", "count_values(\"v\", floor(m))", "sum by (a) (rate(m[2m]))",
    "m + on (a, b) n", "m - on (a) group_left () max by (a) (n)", "max by (a) (n) / on (a) group_right () m",
    "m * on (a, b) fill_left(1) fill_right(2) n", "m and on (a) n > 2", "m or n", "m unless on (a, b) n",
    "m == on (a, b) n", "m != bool on (a, b) n", "m ^ 0.5", "m % 4", "scalar(m{a=\"1\", b=\"1\"})", "vector(time())",
    "absent(m{a=\"1\", b=\"1\"})", "clamp(m, 2, 5)", "clamp_min(m, 3)", "clamp_max(m, 3)", "round(m, 2)", "sgn(m - 4)",
    "label_replace(m, \"c\", \"x$1\", \"a\", \"(.*)\")", "label_join(m, \"c\", \"-\", \"a\", \"b\")", "hour(m * 3600)",
    "day_of_year()", "histogram_quantile(0.6, h)", "histogram_fraction(0, 2, h)", "max_of(time(), 900)",
    "histogram_quantiles(h, \"q\", 0.1, 0.9)", "info(m, {__name__=\"n_info\"})", "time() - 5", "3",
    "axonize_forecast(m[5m], 60)", "axonize_forecast(m[10m:1m] @ 900, time())", "axonize_seconds_until(m[5m:30s], 9)",
    "axonize_correlation(m[5m:30s], (m ^ 2)[5m:30s])", "axonize_correlation(m[5m], m[10m] offset 1m, \"spearman\", 20)",
  ]

  @Test("are at each step what an instant query is", arguments: expressions)
  func stepsAreInstants(text: String) throws {
    let source = Self.source(seed: UInt64(text.utf8.count))
    let engine = PromQLEngine(compiler: SeriesPatternCompiler())
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(text)
    let (start, end, step) = (Int64(240_000), Int64(1_290_000), Int64(35_000))
    let range = try engine.range(expression, from: start, through: end, step: step, over: source)
    let matrix = try #require(range.value.samples)
    var found: [Int64: [String: UInt64]] = [:]
    for series in 0..<matrix.seriesCount {
      for index in matrix.range(of: series) {
        let name = "\(matrix.labels[series])"
        found[matrix.times[index], default: [:]][name] = Self.bits(matrix.values[index])
      }
    }
    // `end()` is that of the query.
    let fixed = try PromQLParser(patterns: SeriesPatternCompiler()).parse(text.replacing("end()", with: "1290"))
    var differing: [Int64] = []
    for time in stride(from: start, through: end, by: Int(step)) {
      var expected: [String: UInt64] = [:]
      switch try engine.instant(fixed, at: time, over: source).value {
      case .scalar(_, let value): expected["{}"] = Self.bits(value)
      case .vector(let samples):
        for series in 0..<samples.seriesCount {
          expected["\(samples.labels[series])"] = Self.bits(samples.values[series])
        }
      case .matrix, .string: break
      }
      if found[time] ?? [:] != expected { differing.append(time) }
    }
    #expect(differing == [], "\(text)")
    #expect(matrix.sampleCount > 0)
  }

  @Test(
    "every query of Prometheus' tests has a value or an error, whatever the times",
    .enabled(if: Corpus.isThere, "Prometheus' test files are not there: \(Corpus.folder)/promql"))
  func strangeTimes() throws {
    var settings = EvaluationSettings()
    settings.sampleCountMax = 100_000
    let engine = PromQLEngine(compiler: SeriesPatternCompiler(), settings: settings)
    let parser = PromQLParser(patterns: SeriesPatternCompiler())
    let source = Self.source(seed: 1)
    var (valueCount, errorCount) = (0, 0)
    for query in try Corpus.queries(in: "promql") {
      guard let expression = try? parser.parse(query) else { continue }
      for time in [Int64.min, -1 << 60, -1, 0, 600_000, 1 << 60, .max] {
        do throws(EvaluationError) {
          _ = try engine.instant(expression, at: time, over: source)
          valueCount += 1
        } catch {
          errorCount += 1
        }
      }
      for (start, end, step) in [
        (-1_000_000, 1_000_000, 300_000), (0, 1 << 60, 1 << 59), (0, 0, 1), (-1 << 60, 1 << 60, 1 << 50),
        (0, 10, 0), (10, 0, 1),
      ] as [(Int64, Int64, Int64)] {
        do throws(EvaluationError) {
          _ = try engine.range(expression, from: start, through: end, step: step, over: source)
          valueCount += 1
        } catch {
          errorCount += 1
        }
      }
    }
    #expect(valueCount > errorCount)
  }

  /// What is not a number is one value.
  private static func bits(_ value: Double) -> UInt64 { value.isNaN ? Double.nan.bitPattern : value.bitPattern }

  private static func source(seed: UInt64) -> MemorySeries {
    var random = SplitMix(state: seed)
    var source = MemorySeries()
    for (name, interval) in [("m", Int64(15_000)), ("n", 30_000)] {
      for a in 1...2 {
        for b in 1...3 {
          let labels = LabelSet([Label(Label.metricName, name), Label("a", "\(a)"), Label("b", "\(b)")])
          source.add(labels, random.samples(interval: interval))
        }
      }
    }
    for bound in ["0.5", "1", "2.5", "+Inf"] {
      let labels = LabelSet([Label(Label.metricName, "h"), Label("le", bound)])
      let height = Double(bound) ?? 9
      source.add(labels, (Int64(0)..<90).map { ($0 * 15_000, Double($0) * min(height, 9)) })
    }
    source.add(
      LabelSet([Label(Label.metricName, "m"), Label("instance", "i"), Label("job", "j")]),
      random.samples(interval: 15_000))
    for version in ["1", "2"] {
      let labels = [Label(Label.metricName, "n_info"), Label("instance", "i"), Label("job", "j"), Label("v", version)]
      source.add(LabelSet(labels), (version == "1" ? Int64(0)..<40 : 40..<80).map { ($0 * 15_000 + 1, 1) })
    }
    return source
  }
}

/// Random numbers that are the same in each run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A counter that begins anew now and then, with gaps, stale markers and values that are not numbers.
  mutating func samples(interval: Int64) -> [(Int64, Double)] {
    var value = 0.0
    var result: [(Int64, Double)] = []
    for tick in 0..<(1_300_000 / interval) {
      let kind = Int.random(in: 0..<40, using: &self)
      value += Double(Int.random(in: 0..<4, using: &self))
      if kind == 0 { value = 0 }
      if kind == 1 || (tick > 30 && tick < 45) { continue }
      let jitter = Int64.random(in: 0..<5, using: &self)
      let shown = kind == 2 ? StaleMarker.value : (kind == 3 ? Double.nan : value)
      result.append((tick * interval + jitter, shown))
    }
    return result
  }
}
