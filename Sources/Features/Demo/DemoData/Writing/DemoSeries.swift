import RemoteWrite
import SeriesBytes

/// Samples by series, which are written as a request of remote write.
struct DemoSeries: Sendable {
  /// The number of a series.
  struct Handle: Sendable { fileprivate let number: Int }

  private var labels: [[(name: String, value: String)]] = []
  private var samples: [[RemoteWriteSample]] = []

  /// A new series.
  mutating func add(_ name: String, _ labels: [(name: String, value: String)]) -> Handle {
    self.labels.append(([("__name__", name)] + labels.filter { !$0.value.isEmpty }).sorted { $0.name < $1.name })
    samples.append([])
    return Handle(number: samples.count - 1)
  }

  /// Adds a sample.
  ///
  /// - Parameter second: since 1970.
  mutating func append(_ value: Double, to handle: Handle, at second: Int64) {
    samples[handle.number].append(RemoteWriteSample(value: value, time: second * 1_000))
  }

  /// The samples since the last time, as a request; empty where there are none.
  mutating func request() -> [UInt8] {
    var encoder = RemoteWriteEncoder(.version1)
    for number in samples.indices where !samples[number].isEmpty {
      encoder.append(labels: labels[number], samples: samples[number])
      samples[number].removeAll(keepingCapacity: true)
    }
    return encoder.byteCount == 0 ? [] : encoder.finish()
  }
}
