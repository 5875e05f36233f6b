import OTLP
import RemoteWrite
import Series
import Testing

@testable import MetricsIngest

/// Goal: what a machine sends as OTLP becomes the series that it becomes as remote write.
@Suite struct RepeatedMetricTests {
  private static let metrics: [(name: String, isCounter: Bool)] = [
    ("node_load1", false), ("node_cpu_seconds_total", true), ("node_netstat_Tcp_InErrs", false),
    ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", false), ("axonize_gpu_memory_used_bytes", false),
    ("node_filesystem_size_bytes", false), ("x:y_ratio", false),
  ]
  private static let values: [Double] = [
    0, -0.0, 1, -1.5, 1e300, .leastNonzeroMagnitude, .infinity, -.infinity, .nan, 9_007_199_254_740_992, 0.1,
  ]
  private static let texts = ["", "a", "eth0", "/var/lib/a b", "ü\"\\\n", String(repeating: "x", count: 300)]

  /// Both requests of one batch of random series, some of which end.
  private struct Batch {
    var remoteWrite = RepeatedSeriesWriter()
    var otlp: RepeatedMetricWriter
    private var numbers: [Int] = []
    private var metricOf: [Int] = []

    init() {
      otlp = RepeatedMetricWriter(resource: [("service.name", "node"), ("service.instance.id", "gpu-7")])
      for metric in RepeatedMetricTests.metrics {
        numbers.append(otlp.add(.init(name: metric.name, description: "What it is.", isCounter: metric.isCounter)))
      }
    }

    mutating func append(_ series: Int, _ value: Double?, at time: Int64, _ random: inout some RandomNumberGenerator) {
      if otlp.isNew(series) {
        let metric = Int.random(in: numbers.indices, using: &random)
        let device = RepeatedMetricTests.texts.randomElement(using: &random) ?? ""
        // The number keeps series apart.
        let labels = [("device", device), ("number", "\(series)")].filter { !$0.1.isEmpty }
        otlp.add(series, of: numbers[metric], attributes: labels.map { (name: $0.0, value: $0.1) })
        let all =
          [("__name__", RepeatedMetricTests.metrics[metric].name), ("instance", "gpu-7"), ("job", "node")] + labels
        remoteWrite.add(series, labels: all.map { (name: $0.0, value: $0.1) }.sorted { $0.name < $1.name })
      }
      otlp.append(series, value, at: time)
      remoteWrite.append(series, value ?? StaleMarker.value, at: time)
    }
  }

  @Test(arguments: 0..<40)
  func `series are those of remote write`(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var batch = Batch()
    let decoding = (remoteWrite: SampleDecoding(), otlp: SampleDecoding())
    for round in 0..<4 {
      let count = Int.random(in: 0...300, using: &random)
      for number in (0..<count).shuffled(using: &random) {
        let value = Int.random(in: 0..<20, using: &random) == 0 ? nil : Self.values.randomElement(using: &random)
        let time = 1_796_000_000_000 + Int64(round) * 1_000 + Int64.random(in: 0..<1_000, using: &random)
        batch.append(number, value, at: time, &random)
      }
      #expect(batch.otlp.pointCount == count)
      let (written, exported) = (batch.remoteWrite.finish(), batch.otlp.finish())
      #expect(written.isEmpty == exported.isEmpty)
      let expected = try decoding.remoteWrite.decode(written, .remoteWrite1)
      let found = try decoding.otlp.decode(exported, .otlpProtobuf)
      #expect(found.samples == expected.samples)
      #expect(found.samples.count == count)
      #expect(found.rejected == 0)
      #expect(expected.rejected == 0)
    }
  }

  @Test func `requests that follow each other are one, and what is forgotten is written anew`() throws {
    var random = SplitMix(state: 1)
    var batch = Batch()
    batch.append(0, 1, at: 1_000, &random)
    let first = batch.otlp.finish()
    #expect(batch.otlp.finish() == [])
    batch.append(0, 2, at: 2_000, &random)
    let both = try SampleDecoding().decode(first + batch.otlp.finish(), .otlpProtobuf)
    #expect(both.samples.count == 2)
    batch.otlp.forgetSeries()
    #expect(batch.otlp.isNew(0))
  }

  @Test func `metrics say what they are each time`() throws {
    var writer = RepeatedMetricWriter(resource: [])
    let counter = writer.add(.init(name: "a_total", description: "Grows.", isCounter: true))
    let gauge = writer.add(.init(name: "b", description: "", isCounter: false))
    writer.add(0, of: counter, attributes: [])
    writer.add(1, of: gauge, attributes: [])
    for _ in 0..<2 {
      writer.append(0, 1, at: 1_000)
      writer.append(1, 1, at: 1_000)
      let result = try SampleDecoding().decode(writer.finish(), .otlpProtobuf)
      #expect(result.families == ["counter a_total Grows.", "gauge b"])
      #expect(result.samples == ["a_total{} 1 @ 1000", "b{} 1 @ 1000"])
    }
  }
}

/// The same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
