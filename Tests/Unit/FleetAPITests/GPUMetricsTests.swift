import API
import APITestSupport
import Base
import Engine
import Feature
import GPUCollection
import HTTPTypes
import Identity
import JSON
import Series
import Synchronization
import Testing

@testable import FleetAPI
@testable import NodeReports
@testable import RegistrySQLite

/// Goal: the metrics of a board or a part have unit, resolution, age and statistics, or the reason why they are missing.
///
/// Method: the endpoint over a registry in memory and a source with a few samples; every response is held against the OpenAPI
/// document.
@Suite struct GPUMetricsTests {
  private static let now = UnixNanoseconds(1_795_248_000_000_000_000)
  private static let nowMilliseconds = now.rawValue / 1_000_000

  /// Series of a GPU with a sample every two seconds of the last minute.
  private final class Source: SeriesStepReading, SeriesReading, SeriesSource {
    private static let all: [[(String, String)]] = [
      [("__name__", "axonize_gpu_power_watts")],
      [("__name__", "axonize_gpu_clock_event_active"), ("reason", "sw_power_cap")],
      [("__name__", "axonize_gpu_nvlink_active"), ("link", "10")],
      [("__name__", "axonize_gpu_nvlink_active"), ("link", "2")],
      [
        ("__name__", "axonize_gpu_unavailable"), ("metric", "axonize_gpu_fan_speed_ratio"), ("reason", "not_supported"),
      ],
      [("__name__", "axonize_gpu_memory_used_bytes"), ("gpu_instance", "1")],
    ]
    let asked = Mutex<[(matchers: [LabelMatcher], tenant: TenantID)]>([])
    let failure = Mutex<SeriesError?>(nil)

    private func found(_ matchers: [LabelMatcher]) -> [LabelSet] {
      Self.all.map { LabelSet(($0 + [("uuid", "GPU-box-0"), ("instance", "box")]).map { Label($0.0, $0.1) }) }
        .filter { labels in matchers.allSatisfy { $0.matches(labels[$0.name]) } }
    }

    func steps(
      _ question: SeriesStepQuestion, of tenant: TenantID, during activity: QueryActivity
    ) throws(SeriesError) -> [SteppedSeries] {
      asked.withLock { $0.append((question.matchers, tenant)) }
      if let failure = failure.withLock({ $0 }) { throw failure }
      return found(question.matchers).map { labels in
        var step = SeriesStep(time: question.range.start, count: 5)
        (step.mean, step.min, step.max, step.p95) = (2, 1, 3, 2.5)
        return SteppedSeries(labels: labels, steps: [step])
      }
    }

    func series(of tenant: TenantID, during activity: QueryActivity) -> any SeriesSource { self }

    func samples(
      _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
      _ body: (SeriesSamples) throws(SeriesError) -> Void
    ) throws(SeriesError) {
      var samples = SeriesSamples()
      for labels in found(selection.matchers) {
        for time in stride(from: nowMilliseconds - 60_000, to: nowMilliseconds - 2_000, by: 2_000)
        where time > selection.after && time <= selection.through {
          samples.times.append(time)
          samples.values.append(412)
        }
        samples.endSeries(labels)
      }
      try body(samples)
    }

    func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] { [] }
  }

  private let source = Source()
  private let api: CheckedAPI

  init() throws {
    let documents = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1))
    let registry = NodeRegistry(documents: documents, events: EventsInMemory())
    var gpu = GPUReport(uuid: "GPU-box-0", vendor: "nvidia", index: 0)
    var part = ResourceReport(generation: 1)
    (part.uuid, part.profile, part.gpuInstance) = ("MIG-box-0-1", "1g.18gb", 1)
    gpu.resources = [part]
    var report = NodeReport()
    (report.name, report.gpus) = ("box", [gpu])
    try registry.add(report, of: .default, at: Self.now)
    let port = SamplePort()
    port.offer(source as any SeriesReading)
    port.offer(source as any SeriesStepReading)
    api = CheckedAPI([GPUMetricsEndpoint(registry: registry, samples: port).endpoint], now: { Self.now })
  }

  private func get(_ target: String, tenant: TenantID = .default) async throws -> (status: Int, json: JSONValue) {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let request = HTTPRequest(
      method: .get, path: "/api/v1/gpus/\(parts[0])/metrics", query: parts.count > 1 ? parts[1] : "", body: [])
    let principal = Principal(tenant: tenant, permissions: [.query], keyID: "key-1")
    let response = try await api.handle(request, principal: principal)
    guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response.status, .null) }
    return (response.status, try JSONValue(parsing: bytes))
  }

  private func metrics(_ target: String) async throws -> [JSONValue] {
    let (status, json) = try await get(target)
    #expect(status == 200, "\(json)")
    return json["data"]?["metrics"]?.array ?? []
  }

  @Test func `a board has what it measures, with the reason for the rest`() async throws {
    let all = try await metrics("GPU-box-0")
    #expect(
      all.compactMap { $0["name"]?.string } == [
        "axonize_gpu_power_watts", "axonize_gpu_clock_event_active", "axonize_gpu_fan_speed_ratio",
        "axonize_gpu_nvlink_active",
      ])
    let power = try #require(all.first)
    #expect(power["unit"]?.string == "watts")
    #expect(power["type"]?.string == "gauge")
    #expect(power["unavailable"] == nil)
    let series = try #require(power["series"]?.array?.first)
    #expect(series["resolution_seconds"]?.double == 2)
    #expect(series["age_seconds"]?.double == 4)
    #expect(series["last_value"]?.double == 412)
    let point = try #require(series["points"]?.array?.first)
    #expect(point["mean"]?.double == 2)
    #expect(point["p95"] == nil)
    #expect(all[2]["unavailable"]?.string == "not_supported")
    #expect(all[2]["series"]?.array?.isEmpty == true)
    #expect(all[3]["series"]?.array?.compactMap { $0["label_value"]?.string } == ["2", "10"])
  }

  @Test func `a part has its own series alone`() async throws {
    let all = try await metrics("MIG-box-0-1")
    #expect(all.compactMap { $0["name"]?.string } == ["axonize_gpu_memory_used_bytes"])
    #expect(try await get("MIG-box-0-1").json["data"]?["gpu_instance"]?.int == 1)
  }

  @Test func `metrics are asked for by name, and statistics too`() async throws {
    let all = try await metrics("GPU-box-0?metrics=power_watts,axonize_gpu_utilization_ratio&aggregations=p95,mean")
    #expect(all.count == 2)
    #expect(all[0]["series"]?.array?.first?["points"]?.array?.first?["p95"]?.double == 2.5)
    #expect(all[0]["series"]?.array?.first?["points"]?.array?.first?["min"] == nil)
    #expect(all[1]["unavailable"]?.string == "no_samples")
  }

  @Test(arguments: [
    ("metrics=nothing", "metrics"), ("aggregations=median", "aggregations"), ("step=1ms&start=-1h", "step"),
  ])
  func `mistakes are named`(query: String, parameter: String) async throws {
    let (status, json) = try await get("GPU-box-0?\(query)")
    #expect(status == 400)
    #expect(json["errors"]?.array?.first?["parameter"]?.string == parameter, "\(json)")
  }

  @Test(arguments: [
    (SeriesError.timeout, 504), (.limitExceeded("too many"), 422), (.unavailable("away"), 503), (.cancelled, 503),
  ])
  func `a store that cannot answer is a problem`(error: SeriesError, status: Int) async throws {
    source.failure.withLock { $0 = error }
    #expect(try await get("GPU-box-0").status == status)
  }

  @Test func `a GPU of nobody, or of another tenant, is not found`() async throws {
    #expect(try await get("GPU-none").status == 404)
    #expect(try await get("GPU-box-0", tenant: TenantID(7)).status == 404)
  }

  @Test(arguments: GPUMetric.allCases)
  func `the unit is the end of the name`(metric: GPUMetric) {
    let name = metric.rawValue.hasSuffix("_total") ? String(metric.rawValue.dropLast(6)) : metric.rawValue
    let ends = ["_bytes", "_ratio", "_watts", "_hertz", "_celsius", "_joules", "_bytes_per_second"]
    #expect((metric.unit != nil) == ends.contains { name.hasSuffix($0) })
    if let unit = metric.unit { #expect(name.hasSuffix("_\(unit)")) }
    #expect(metric != .pcieReceived || metric.unit == "bytes_per_second")
  }
}
