import API
import APITestSupport
import Base
import Engine
import HTTPTypes
import Identity
import JSON
import MetricsQueries
import PromQL
import Series
import SeriesPatterns
import Testing

@testable import MetricsAPI

/// Goal: anomalies, forecasts and correlations are those of the stored samples.
///
/// Method: series whose season, slope and lag are known.
@Suite struct TrendEndpointTests {
  private static let now = StoredSeries.now
  private let api: CheckedAPI
  private let reader: SeriesReader

  private static func samples(_ days: Int64, step: Int64, _ value: (Int64) -> Double) -> [(Int64, Double)] {
    let count = days * 86_400_000 / step
    return (0..<count).map { (now - (count - $0) * step, value($0)) }
  }

  private static let minute: Int64 = 60_000
  private static let rows: [StoredSeries.Row] = [
    // Its slot of a day has one value a little apart on each day; at 07:30 of the last day it is 500.
    .init(
      name: "season",
      samples: samples(9, step: 10 * minute) { index in
        let (day, slot) = (index / 144, index % 144)
        return day == 8 && slot == 141 ? 500 : Double(slot) + Double(day % 3)
      }),
    .init(name: "disk", samples: samples(1, step: 10 * minute) { 100 - Double($0) * 0.5 }),
    .init(name: "late", samples: samples(1, step: 10 * minute) { Double(($0 - 3) * ($0 - 3) % 17) }),
    .init(name: "wave", samples: samples(1, step: 10 * minute) { Double($0 * $0 % 17) }),
  ]

  /// One for all tests, which only read: making a store takes seconds.
  private static let stored = Result { try StoredSeries(rows) }

  init() throws {
    let stored = try Self.stored.get()
    reader = stored.reader
    api = CheckedAPI(
      MetricsEndpoints(
        reader: stored.reader, patterns: SeriesPatternCompiler(), workers: DirectWorkers(), isActive: { _ in true }
      ).endpoints, now: { UnixNanoseconds(Self.now * 1_000_000) })
  }

  private func get(_ path: String, _ query: String) async throws -> JSONValue {
    let request = HTTPRequest(method: .get, path: "/api/v1/metrics/\(path)", query: query, fields: [:], body: [])
    let response = try await api.handle(
      request, principal: Principal(tenant: .default, permissions: [.query], keyID: nil))
    guard case .bytes(let bytes) = response.body else { return .null }
    return try JSONValue(parsing: bytes)
  }

  @Test func `the step that is unlike its slot of earlier days is an anomaly`() async throws {
    let series = try #require(try await get("anomalies", "name=season&start=-2h&step=10m")["data"]?[0])
    #expect(series["scored_step_count"]?.int == 12)
    #expect(series["unscored_step_count"]?.int == 0)
    let anomalies = try #require(series["anomalies"]?.array)
    #expect(anomalies.map { $0["time"]?.string } == ["2100-11-21T07:30:00Z"])
    // The seven days before have 141 and 1, 2, 0, 1, 2, 0, 1 more: median 142, deviations 0, 1, 1, 0, 1, 1, 0.
    #expect(anomalies[0]["median"]?.double == 142)
    #expect(anomalies[0]["mad"]?.double == 1)
    #expect(anomalies[0]["baseline_count"]?.int == 7)
    #expect(abs((anomalies[0]["score"]?.double ?? 0) - 0.6745 * 358) < 1e-9)
    let weeks = try #require(try await get("anomalies", "name=season&start=-2h&step=10m&season=week")["data"]?[0])
    #expect(weeks["scored_step_count"]?.int == 0)
    #expect(weeks["unscored_step_count"]?.int == 12)
  }

  @Test func `a line says when the disk is full`() async throws {
    let series = try #require(
      try await get("forecast", "name=disk&start=-1d&step=10m&horizon=1h&threshold=0")["data"]?[0])
    #expect(abs((series["slope_per_second"]?["value"]?.double ?? 0) + 0.5 / 600) < 1e-12)
    // The last sample, 28.5, is ten minutes old: 57 steps on, at 17:20.
    let expected = "2100-11-21T17:20:00Z"
    #expect(series["crossing"]?["expected"]?.string == expected)
    #expect(series["crossing"]?["earliest"]?.string == expected)
    #expect(series["crossing"]?["latest"]?.string == expected)
    #expect(series["points"]?.array?.count == 6)
    #expect(series["points"]?[0]?["time"]?.string == "2100-11-21T08:00:00Z")
    #expect(abs((series["points"]?[0]?["value"]?.double ?? 0) - 28) < 1e-9)
    let never = try await get("forecast", "name=disk&start=-1d&step=10m&threshold=200")
    #expect(never["data"]?[0]?["crossing"]?["expected"]?.isNull == true)
  }

  /// The value of a function of PromQL for the only series that it has.
  private func value(_ query: String, at time: Int64) throws -> Double {
    let result = try PromQLEngine(compiler: SeriesPatternCompiler()).instant(
      try PromQLParser(patterns: SeriesPatternCompiler()).parse(query), at: time,
      over: reader.series(of: .default, during: QueryActivity { .seconds(60) }))
    guard case .vector(let samples) = result.value, samples.sampleCount == 1 else {
      Issue.record("\(query) has \(result.value)")
      return .nan
    }
    return samples.values[0]
  }

  @Test func `functions of PromQL have the numbers of the API`() async throws {
    // At the end of the step of 07:30, of which all earlier seasons are whole.
    let end = Self.now - 20 * Self.minute - 1
    let anomaly = try #require(
      try await get("anomalies", "name=season&start=-2h&step=10m")["data"]?[0]?["anomalies"]?[0])
    #expect(try value("axonize_baseline(season[8d], \"day\", 600)", at: end) == anomaly["median"]?.double)
    #expect(try value("axonize_anomaly_score(season[8d], \"day\", 600)", at: end) == anomaly["score"]?.double)
    let forecast = try #require(
      try await get("forecast", "name=wave&start=-1435m&step=10m&horizon=1h&threshold=1000")["data"]?[0])
    for (index, point) in try #require(forecast["points"]?.array).enumerated() {
      let expected = try #require(point["value"]?.double)
      let found = try value("axonize_forecast(wave[1d], \(index * 600))", at: Self.now)
      #expect(abs(found - expected) < 1e-9 * abs(expected), "point \(index)")
    }
    let disk = try #require(
      try await get("forecast", "name=disk&start=-1d&step=10m&threshold=0")["data"]?[0]?["crossing"])
    #expect(disk["expected"]?.string == "2100-11-21T17:20:00Z")
    #expect(abs(try value("axonize_seconds_until(disk[1d], 0)", at: Self.now) - (9 * 3_600 + 1_200)) < 1e-6)
    let correlation = try await get("correlation", "left=wave&right=late&start=-1435m&step=10m")["data"]
    for method in ["pearson", "spearman"] {
      let found = try value("axonize_correlation(wave[1d], late[1d], \"\(method)\", 600)", at: Self.now)
      #expect(abs(found - (correlation?[method]?.double ?? .nan)) < 1e-12, "\(method)")
    }
  }

  @Test func `a season goes on`() async throws {
    let series = try #require(
      try await get("forecast", "name=season&start=-8d&end=-1d&method=holt_winters&step=1h&horizon=1d&threshold=100")[
        "data"]?[0])
    let points = try #require(series["points"]?.array)
    #expect(points.count == 24)
    for (index, point) in points.enumerated() {
      let value = try #require(point["value"]?.double)
      #expect(abs(value - Double(index * 6) - 3.5) < 3, "hour \(index): \(value)")
    }
    #expect(series["crossing"]?["expected"]?.string?.hasPrefix("2100-11-21T0") == true)
    let short = try await get("forecast", "name=wave&start=-9d&method=holt_winters&step=1h")
    #expect(short["data"]?[0]?["reason"]?.string?.contains("first two seasons") == true)
    #expect(short["data"]?[0]?["points"]?.array?.isEmpty == true)
  }

  @Test func `the later of two series is found by its lag`() async throws {
    let result = try await get("correlation", "left=wave&right=late&start=-1d&step=10m")["data"]
    #expect(result?["best_lag"]?["lag_seconds"]?.double == 1_800)
    #expect(abs((result?["best_lag"]?["pearson"]?.double ?? 0) - 1) < 1e-9)
    #expect(result?["pair_count"]?.int == 144)
    #expect(result?["left"]?["name"]?.string == "wave")
    let same = try await get("correlation", "left=wave&right=wave&start=-1d&step=10m")["data"]
    #expect(abs((same?["pearson"]?.double ?? 0) - 1) < 1e-9)
    #expect(abs((same?["spearman"]?.double ?? 0) - 1) < 1e-9)
    #expect(same?["best_lag"]?["lag_seconds"]?.double == 0)
  }
}
