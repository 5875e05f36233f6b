import Testing

@testable import Trends

/// Goal: every statistic is the one that its definition names.
///
/// Method: tables computed with numpy 2.4, scipy 1.17 and statsmodels 0.15 from the same values.
@Suite struct TrendsTests {
  private static let left = [3.1, 2.9, 4.2, 5.0, 4.8, 30.0, 6.9, 7.1, 8.3, 8.3]
  private static let right = [1.0, 2.5, 2.5, 3.0, 5.5, 4.0, 9.0, 8.0, 8.0, 12.0]

  private static func isClose(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= 1e-9 * max(1, abs(expected))
  }

  @Test(arguments: [(0.5, 5.95), (0.95, 20.234999999999978), (0.99, 28.047000000000004), (0, 2.9), (1, 30)])
  func `quantiles are those of numpy`(quantile: Double, expected: Double) {
    #expect(Self.isClose(OrderStatistics.quantile(quantile, ofSorted: Self.left.sorted()), expected))
    #expect(OrderStatistics.quantile(quantile, ofSorted: [7]) == 7)
    #expect(OrderStatistics.quantile(quantile, ofSorted: [] as [Double]).isNaN)
  }

  @Test func `a quantile between infinities is no NaN`() {
    #expect(OrderStatistics.quantile(0.5, ofSorted: [-.infinity, 1, .infinity]) == 1)
    #expect(OrderStatistics.quantile(0.95, ofSorted: [1, .infinity, .infinity]) == .infinity)
  }

  @Test(arguments: [1, 2, 31, 33, 500, 5_000], [1, 3, 1_000_000])
  func `values of some ranks are placed as sorting places them`(count: Int, choices: UInt64) {
    var state: UInt64 = 9
    let values = (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double((state >> 33) % choices)
    }
    let ranks = [0, count / 3, count / 2, count - 1]
    var placed = values
    OrderStatistics.place(ranks, in: &placed)
    let sorted = values.sorted()
    #expect(ranks.map { placed[$0] } == ranks.map { sorted[$0] })
    #expect(placed.sorted() == sorted)
    var ascending = sorted
    OrderStatistics.place(ranks, in: &ascending)
    #expect(ascending == sorted)
  }

  @Test func `the robust score is that of Iglewicz and Hoaglin`() throws {
    let baseline = try #require(SeasonalBaseline(Self.left))
    #expect(Self.isClose(baseline.median, 5.95))
    #expect(Self.isClose(baseline.medianAbsoluteDeviation, 2.05))
    #expect(Self.isClose(baseline.score(30), 0.6745 * (30 - 5.95) / 2.05))
    #expect(Self.isClose(baseline.score(2), 0.6745 * (2 - 5.95) / 2.05))
    #expect(baseline.valueCount == 10)
  }

  @Test(
    arguments: [
      ([5, 5, 5, 9], 5, 0), ([5, 5, 5, 9], 6, 1 / 1.253314), ([5, 5, 5], 5, 0), ([5, 5, 5], 5.1, .infinity),
      ([5, 5, 5], 4, -.infinity),
    ] as [([Double], Double, Double)])
  func `a baseline of equal values has a score`(values: [Double], value: Double, score: Double) throws {
    #expect(try #require(SeasonalBaseline(values)).score(value) == score)
  }

  @Test func `two values are no baseline`() { #expect(SeasonalBaseline([1, 2]) == nil) }

  @Test func `the line is that of theilslopes`() throws {
    let times = (0..<12).map { Double($0 * 60 + $0 % 3) }
    let line = try #require(TheilSenLine(times: times, values: Self.left + [9.9, 10.2]))
    #expect(Self.isClose(line.slope, 0.01119229877058687))
    #expect(Self.isClose(line.slopeRange.lowerBound, 0.009629629629629632))
    #expect(Self.isClose(line.slopeRange.upperBound, 0.012863070539419085))
    #expect(Self.isClose(line.value(at: 0), 3.295349106935746))
  }

  @Test func `a line is refused without two points, of too many, or with infinities`() {
    #expect(TheilSenLine(times: [1], values: [1]) == nil)
    #expect(TheilSenLine(times: [1, 2], values: [1, .infinity]) == nil)
    let many = (0...TheilSenLine.pointCountMax).map(Double.init)
    #expect(TheilSenLine(times: many, values: many) == nil)
  }

  @Test func `a rising line reaches what is above it only, the steepest first`() throws {
    let times = (0..<12).map { Double($0 * 60 + $0 % 3) }
    let line = try #require(TheilSenLine(times: times, values: Self.left + [9.9, 10.2]))
    let crossing = try #require(line.crossing(20, after: 720))
    let (earliest, expected, latest) = (
      try #require(crossing.earliest), try #require(crossing.expected), try #require(crossing.latest)
    )
    #expect(720 < earliest)
    #expect(earliest < expected)
    #expect(expected < latest)
    #expect(Self.isClose(line.value(at: expected), 20))
    #expect(Self.isClose(line.range(at: earliest).upperBound, 20))
    #expect(Self.isClose(line.range(at: latest).lowerBound, 20))
    #expect(line.crossing(1, after: 720) == nil)
  }

  @Test func `a flat line reaches nothing but its own value`() throws {
    let line = try #require(TheilSenLine(times: [0, 1, 2, 3], values: [4, 4, 4, 4]))
    #expect(line.slope == 0)
    #expect(line.crossing(5, after: 3) == nil)
    #expect(line.crossing(4, after: 3)?.expected == 3)
  }

  @Test func `a slope that may be none may never reach a value`() throws {
    let line = try #require(TheilSenLine(times: [0, 1, 2, 3, 4], values: [1, 3, 0, 4, 2]))
    #expect(line.slopeRange.contains(0))
    let crossing = try #require(line.crossing(50, after: 4))
    #expect(crossing.earliest != nil)
    #expect(crossing.latest == nil)
  }

  private static let seasons: [Double?] = [10, 14, 8, 25, 12, 17, 10, 28, 13, 18, 12, 31, 15, 20, 13, 33]

  @Test func `the forecast is that of ETSModel with the same parameters`() throws {
    let smoothing = HoltWintersForecast.Smoothing(level: 0.4, trend: 0.04, season: 0.3)
    let points = try #require(HoltWintersForecast(Self.seasons, period: 4, smoothing: smoothing)).points(6)
    let expected = [17.21405694, 22.14372568, 15.8197391, 34.63449505, 19.24076547, 24.17043421]
    // 1.96 · √(SSE / 13 · (1 + Σ c²)) with the SSE of statsmodels, 13.76247300294889, and the closed form of chapter
    // 8.7.
    let reaches = [2.0166227157865615, 2.2032006952280927, 2.406465553716642, 2.6250200582298406, 3.146189967377904]
    for (point, value) in zip(points, expected) { #expect(abs(point.value - value) < 1e-7) }
    for (point, reach) in zip(points, reaches) { #expect(Self.isClose(point.range.upperBound - point.value, reach)) }
  }

  @Test func `a line with a season goes on as it is, also over gaps`() throws {
    var values: [Double?] = (0..<40).map { Double($0) * 0.5 + [0, 10, -3, 2][$0 % 4] }
    values[17] = nil
    values[30] = nil
    let points = try #require(HoltWintersForecast(values, period: 4)).points(8)
    for (index, point) in points.enumerated() {
      let expected = Double(40 + index) * 0.5 + [0, 10, -3, 2][index % 4]
      #expect(abs(point.value - expected) < 1, "step \(index): \(point.value), not \(expected)")
      #expect(point.range.contains(point.value))
    }
  }

  @Test func `too few seasons have no forecast`() {
    #expect(HoltWintersForecast([1, 2, 3, 4, 5, 6, 7], period: 4) == nil)
    #expect(HoltWintersForecast([1, nil, nil, nil, 5, 6, 7, 8], period: 4) == nil)
    #expect(HoltWintersForecast([1, 2, 3, 4, .infinity, 6, 7, 8], period: 4) == nil)
  }

  @Test func `coefficients are those of pearsonr and spearmanr`() {
    let correlation = Correlation(Self.left + [nil, 1], Self.right + [1, nil])
    #expect(Self.isClose(correlation.pearson, 0.07785563770732744))
    #expect(Self.isClose(correlation.spearman, 0.7186577947024425))
    #expect(correlation.pairCount == 10)
  }

  @Test func `the best lag is the one of the strongest coefficient`() throws {
    let best = try #require(Correlation.bestLag(Self.left, Self.right, within: 2))
    #expect(best.lag == 1)
    #expect(Self.isClose(best.pearson, 0.5193624441084768))
    #expect(best.pairCount == 9)
    let wave = (0..<30).map { Double?(Double($0 * $0 % 17)) }
    let late: [Double?] = [nil, nil, nil] + wave.dropLast(3)
    #expect(Correlation.bestLag(wave, late, within: 5)?.lag == 3)
    #expect(Correlation.bestLag(late, wave, within: 5)?.lag == -3)
  }

  @Test func `a series of one value has no coefficient`() {
    let correlation = Correlation([1, 1, 1], [1, 2, 3])
    #expect(correlation.pearson.isNaN)
    #expect(correlation.spearman.isNaN)
    #expect(Correlation.bestLag([1, 1, 1, 1], [1, 2, 3, 4], within: 2) == nil)
  }
}
