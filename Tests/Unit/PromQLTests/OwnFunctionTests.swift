import PromQL
import Series
import SeriesPatterns
import Testing

/// Goal: functions of our own have the numbers of numpy 2.4 and scipy 1.17, and behave like those of Prometheus.
@Suite struct OwnFunctionTests {
  private static let second: Int64 = 1_000
  private static let day: Int64 = 86_400_000
  private static let left = [3.1, 2.9, 4.2, 5.0, 4.8, 30.0, 6.9, 7.1, 8.3, 8.3, 9.9, 10.2]
  private static let right = [1.0, 2.5, 2.5, 3.0, 5.5, 4.0, 9.0, 8.0, 8.0, 12.0]

  private static func series(_ name: String, _ labels: [String: String] = ["host": "a"]) -> LabelSet {
    LabelSet([Label(Label.metricName, name)] + labels.map { Label($0.key, $0.value) })
  }

  private typealias Sample = (Int64, Double)

  /// One value a minute.
  private static func minutes(_ values: [Double], from minute: Int, after milliseconds: Int64 = 0) -> [Sample] {
    values.enumerated().map { place, value in (Int64(place + minute) * 60 * second + milliseconds, value) }
  }

  private static let source = made()

  private static func made() -> MemorySeries {
    var source = MemorySeries()
    let disk: [Sample] = left.enumerated().map { place, value in (Int64(place * 60 + place % 3) * second, value) }
    source.add(series("disk"), disk)
    source.add(series("left"), minutes(Array(left.prefix(10)), from: 1))
    // A little later, and with another series beside it.
    source.add(series("right"), minutes(right, from: 1, after: 30))
    source.add(series("right", ["host": "b"]), minutes([1, 2], from: 1))
    source.add(series("flat"), minutes(Array(repeating: 4, count: 10), from: 1))
    let dense: [Sample] = (0..<501).map { place in (Int64(place) * second, Double(place)) }
    source.add(series("dense"), dense)
    source.add(series("holes"), minutes([1, .nan, 3, StaleMarker.value], from: 0))
    source.add(series("infinite"), minutes([1, .infinity], from: 0))
    // Nine days of 10 minutes: slot 141 of the day has 141 and 0, 1 or 2 more; on the last day it has 500.
    let season: [Sample] = (0..<9 * 144).map { place in
      let (day, slot) = (place / 144, place % 144)
      return (Int64(place) * 600 * second + Int64(place % 7), day == 8 && slot == 141 ? 500 : Double(slot + day % 3))
    }
    source.add(series("season"), season)
    // Five days of minutes, each with its place in the ten minutes and 10 for each day.
    let minutely = (0..<7_200).map { (place: Int) -> Double in Double(place / 1_440 * 10 + place % 10) }
    source.add(series("minutely"), minutes(minutely, from: 0))
    return source
  }

  private func instant(_ text: String, at time: Int64) throws -> [(labels: String, value: Double)] {
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(text)
    let result = try PromQLEngine(compiler: SeriesPatternCompiler()).instant(expression, at: time, over: Self.source)
    let samples = try #require(result.value.samples)
    return (0..<samples.seriesCount).map { ("\(samples.labels[$0])", samples.values[$0]) }
  }

  private static func isClose(_ value: Double, _ expected: Double) -> Bool {
    value == expected || value.isNaN && expected.isNaN || abs(value - expected) <= 1e-9 * max(1, abs(expected))
  }

  private static let (slope, origin) = (0.01119229877058687, 3.295349106935746)

  @Test(
    arguments: [
      ("axonize_forecast(disk[1h], 3600)", origin + slope * 4320),
      ("axonize_forecast(disk[1h] offset 50s, 3600)", origin + slope * 4320),
      ("axonize_forecast(disk[1h], -720)", origin),
      ("axonize_seconds_until(disk[1h], 20)", (20 - origin) / slope - 720),
      ("axonize_seconds_until(disk[1h], 1)", .infinity), ("axonize_seconds_until(flat[1h], 4)", 0),
      ("axonize_seconds_until(flat[1h], 5)", .infinity), ("axonize_seconds_until(disk[1h], NaN)", .nan),
      ("axonize_forecast(holes[1h], -660)", 2), ("axonize_forecast(infinite[1h], 0)", .nan),
    ] as [(String, Double)])
  func `a line is that of theilslopes`(text: String, expected: Double) throws {
    let found = try instant(text, at: 720 * Self.second)
    #expect(found.map(\.labels) == ["{host=\"a\"}"])
    #expect(found.allSatisfy { Self.isClose($0.value, expected) }, "\(found)")
  }

  @Test(arguments: [
    "axonize_forecast(disk[1s], 5)", "axonize_baseline(disk[1h], \"day\")", "axonize_correlation(left[1h], other[1h])",
    "axonize_correlation(left[1h], right{host=\"b\"}[1h])", "axonize_anomaly_score(season[2d], \"day\")",
  ])
  func `too few samples have no value`(text: String) throws {
    #expect(try instant(text, at: 720 * Self.second).isEmpty)
  }

  @Test(
    arguments: [
      ("axonize_anomaly_score(season[3d], \"day\")", true), ("axonize_baseline(season[21d], \"week\")", true),
      ("axonize_baseline(season[3d1s], \"day\")", false), ("axonize_baseline(season[8d], \"day\")", false),
    ])
  func `a window that is too short for a baseline is said to be`(text: String, isShort: Bool) throws {
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(text)
    let result = try PromQLEngine(compiler: SeriesPatternCompiler()).instant(
      expression, at: 720 * Self.second, over: Self.source)
    #expect(result.annotations.contains { $0.message.contains("so axonize_") } == isShort)
  }

  @Test(arguments: [
    ("", 0.07785563770732744), (", \"pearson\"", 0.07785563770732744), (", \"spearman\"", 0.7186577947024425),
    (", \"spearman\", 60", 0.7186577947024425),
  ])
  func `coefficients are those of pearsonr and spearmanr`(more: String, expected: Double) throws {
    let found = try instant("axonize_correlation(left[10m], right[10m]\(more))", at: 659 * Self.second)
    #expect(found.map(\.labels) == ["{host=\"a\"}"])
    #expect(found.allSatisfy { Self.isClose($0.value, expected) }, "\(found)")
  }

  @Test func `subqueries are compared step by step, and back from where each ends`() throws {
    let same = "axonize_correlation(left[9m:1m], right[9m:1m])"
    let now = try instant(same, at: 660 * Self.second)
    #expect(now.count == 1)
    // Their values of a step before are compared where both look there.
    let before = try instant("axonize_correlation(left[9m:1m] offset 5m, left[9m:1m] offset 5m)", at: 960 * Self.second)
    #expect(before.map { Self.isClose($0.value, 1) } == [true])
    let shifted = try instant("axonize_correlation(left[5m:1m], left[5m:1m] offset 2m)", at: 600 * Self.second)
    // numpy.corrcoef of minutes 6 to 10 and 4 to 8.
    #expect(shifted.map { Self.isClose($0.value, -0.3227157594092276) } == [true], "\(shifted)")
  }

  @Test func `a series that does not vary has no coefficient`() throws {
    #expect(try instant("axonize_correlation(left[1h], flat[1h])", at: 660 * Self.second).map(\.value.isNaN) == [true])
  }

  @Test(
    arguments: [
      ("axonize_baseline(season[8d], \"day\", 600)", 142),
      ("axonize_anomaly_score(season[8d], \"day\", 600)", 0.6745 * 358),
      ("axonize_baseline(season[8d:5m], \"day\", 600)", 142),
      ("axonize_anomaly_score(season[8d:5m], \"day\", 600)", 0.6745 * 358),
      // Six days before: 1, 2, 0, 1, 2, 0.
      ("axonize_baseline(season[7d], \"day\", 600)", 142),
      // Of three days before 1, 2 and 0.
      ("axonize_baseline(season[3d10m], \"day\", 600)", 142),
      ("axonize_baseline(season[8d] offset 1d, \"day\", 600)", 142),
    ] as [(String, Double)])
  func `a step is compared with those of earlier seasons`(text: String, expected: Double) throws {
    // In slot 141 of the last day.
    let time = 8 * Self.day + 141 * 600 * Self.second + 310 * Self.second
    let found = try instant(text, at: time)
    #expect(found.map(\.labels) == ["{host=\"a\"}"])
    #expect(found.allSatisfy { Self.isClose($0.value, expected) }, "\(found)")
  }

  @Test func `a step that the window cuts off does not count`() throws {
    let time = 4 * Self.day + 43_200 * Self.second + 299 * Self.second
    // 4.5 and 10, 20 and 30; of the day before those, the window has minutes 5 to 9.
    #expect(try instant("axonize_baseline(minutely[4d], \"day\", 600)", at: time).map(\.value) == [24.5])
  }

  @Test func `a season of a week has too few`() throws {
    #expect(try instant("axonize_baseline(season[8d], \"week\", 600)", at: 9 * Self.day - 1).isEmpty)
    #expect(try instant("axonize_baseline(season[2d], \"day\", 600)", at: 9 * Self.day - 1).isEmpty)
  }

  @Test(arguments: [
    ("axonize_forecast(dense[1h], 60)", "there may be 500"),
    ("axonize_seconds_until(dense[1h:1s], 60)", "there may be 500"),
    ("axonize_baseline(season[1d], \"day\", 0)", "at least 1 ms and at most a season of 86400 s, got: 0 s"),
    ("axonize_anomaly_score(season[1d], \"day\", 86401)", "got: 86401 s"),
    ("axonize_correlation(left[1h], flat[1h], \"pearson\", NaN)", "got: NaN s"),
    ("axonize_correlation(left[1h], flat[1h], \"pearson\", 0.1)", "11000 steps"),
    ("axonize_correlation({__name__=~\"left|flat\"}[1h], flat[1h])", "duplicate series"),
    ("axonize_correlation(left[1h] smoothed, flat[1h])", "smoothed modifier can only be used with"),
  ])
  func `what cannot be computed says why`(text: String, message: String) {
    let error = #expect(throws: EvaluationError.self) { try instant(text, at: 720 * Self.second) }
    #expect(error?.description.contains(message) == true, "\(error.map { "\($0)" } ?? "none")")
  }

  @Test(arguments: [
    "axonize_baseline(v[8d:5m], \"day\")", "axonize_anomaly_score(v[8d], \"week\", 300)",
    "axonize_forecast(v[6h:1m], 3600)", "axonize_seconds_until(v[6h:1m] offset 5m, 0)",
    "axonize_correlation(a[1h], b[1h], \"spearman\", 60)",
  ])
  func `calls print as they are written`(text: String) throws {
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(text)
    #expect(expression.description == text)
    #expect(expression.formatted() == text)
  }

  @Test func `the type of an argument is named with its place`() {
    let error = #expect(throws: PromQLError.self) {
      try PromQLParser(patterns: SeriesPatternCompiler()).parse("1 + axonize_forecast(v, 60)")
    }
    #expect(
      error?.description
        == "1:22: parse error: expected type range vector in call to function \"axonize_forecast\", got instant vector")
  }
}
