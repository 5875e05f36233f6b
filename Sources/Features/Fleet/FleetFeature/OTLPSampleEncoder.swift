import Collection
import OTLP
import SeriesBytes

/// Writes export requests of OTLP from which a server makes the series that remote write has.
///
/// Labels of a series are attributes of its points, `job` and `instance` those of the resource. Units are left out,
/// since a name is changed for its unit.
struct OTLPSampleEncoder: SampleEncoder {
  private let source: SampleSource
  private var writer: RepeatedMetricWriter
  private var tableNumber = 0
  /// Their metrics' numbers.
  private var metrics: [ObjectIdentifier: Int] = [:]

  init(_ source: SampleSource) {
    self.source = source
    writer = RepeatedMetricWriter(resource: [
      ("service.name", source.job), ("service.instance.id", source.instance),
    ])
  }

  mutating func encode(_ collected: borrowing Collected) -> (request: [UInt8], sampleCount: Int) {
    if tableNumber != collected.tableNumber {
      writer.forgetSeries()
      tableNumber = collected.tableNumber
    }
    for index in 0..<collected.sampleCount {
      let sample = collected.sample(at: index)
      if writer.isNew(sample.series) {
        let family = collected.family(of: sample.series)
        writer.add(
          sample.series, of: metric(family), attributes: attributes(family, collected.labelValues(of: sample.series)))
      }
      writer.append(sample.series, sample.isStale ? nil : sample.value, at: sample.time)
    }
    let sampleCount = writer.pointCount
    return (writer.finish(), sampleCount)
  }

  private mutating func metric(_ family: CollectedFamily) -> Int {
    if let known = metrics[ObjectIdentifier(family)] { return known }
    let number = writer.add(
      .init(
        name: family.name, description: family.help,
        isCounter: family.type == .counter && Self.isNameOfSum(family.name)))
    metrics[ObjectIdentifier(family)] = number
    return number
  }

  /// Whether a sum that only grows keeps its name: `total` is put at the end of it, and taken from everywhere else.
  ///
  /// A counter with another name, such as some of DCGM's exporter, is sent as a gauge.
  static func isNameOfSum(_ name: String) -> Bool {
    let words = name.split(separator: "_", omittingEmptySubsequences: false)
    return words.last == "total" && words.count { $0 == "total" } == 1
  }

  private func attributes(_ family: CollectedFamily, _ values: [String]) -> [RepeatedMetricWriter.Attribute] {
    // A label without a value is the same as none.
    source.labels.filter { !family.labelNames.contains($0.name) }
      + zip(family.labelNames, values).filter { !$0.1.isEmpty }.map { (name: $0.0, value: $0.1) }
  }
}
