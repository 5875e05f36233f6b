import Collection
import Feature
import RemoteWrite
import SeriesBytes

/// Whose samples they are.
struct SampleSource: Sendable {
  var job = "node"
  /// Names the machine.
  var instance: String
  /// Further labels of each sample, with names of their own; a family's label of the same name counts.
  var labels: [(name: String, value: String)] = []
}

/// Writes batches of collected samples as requests, with what says whose they are.
protocol SampleEncoder {
  /// The newest batch.
  mutating func encode(_ collected: borrowing Collected) -> (request: [UInt8], sampleCount: Int)
}

extension SampleFormat {
  func makeEncoder(_ source: SampleSource) -> any SampleEncoder {
    switch self {
    case .remoteWrite: RemoteWriteSampleEncoder(source)
    case .otlp: OTLPSampleEncoder(source)
    }
  }
}

/// Writes requests of remote write 1.0.
struct RemoteWriteSampleEncoder: SampleEncoder {
  /// The value of a sample that says that its series ended (Prometheus' model/value/value.go).
  static let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)

  private let source: SampleSource
  private var writer = RepeatedSeriesWriter()
  private var tableNumber = 0
  /// Families whose meaning was written.
  private var families: Set<ObjectIdentifier> = []

  init(_ source: SampleSource) { self.source = source }

  /// The newest batch, with what new families mean.
  mutating func encode(_ collected: borrowing Collected) -> (request: [UInt8], sampleCount: Int) {
    if tableNumber != collected.tableNumber {
      writer.forgetSeries()
      tableNumber = collected.tableNumber
    }
    var metadata = RemoteWriteEncoder(.version1)
    for index in 0..<collected.sampleCount {
      let sample = collected.sample(at: index)
      if writer.isNew(sample.series) {
        let family = collected.family(of: sample.series)
        writer.add(sample.series, labels: labels(family, collected.labelValues(of: sample.series)))
        if families.insert(ObjectIdentifier(family)).inserted {
          metadata.append(metadata: .init(type: family.type, unit: family.unit, help: family.help), of: family.name)
        }
      }
      writer.append(sample.series, sample.isStale ? Self.staleMarker : sample.value, at: sample.time)
    }
    let sampleCount = writer.sampleCount
    let request = writer.finish()
    // Fields of one message may come in pieces, so that requests are put together as they are.
    return (metadata.byteCount == 0 ? request : request + metadata.finish(), sampleCount)
  }

  private func labels(_ family: CollectedFamily, _ values: [String]) -> [RemoteWriteEncoder.Label] {
    var labels: [RemoteWriteEncoder.Label] = [
      ("__name__", family.name), ("instance", source.instance), ("job", source.job),
    ]
    labels += source.labels.filter { !family.labelNames.contains($0.name) }
    // A label without a value is the same as none.
    for (name, value) in zip(family.labelNames, values) where !value.isEmpty { labels.append((name, value)) }
    return labels.sorted { $0.name < $1.name }
  }
}
