import Protobuf

/// Writes export requests of metrics whose series come again and again, as those of a machine do.
///
/// The attributes of each series and what each metric is are encoded once; a point of a known series costs no allocation.
/// The points of a metric stand together, as the specification asks.
package struct RepeatedMetricWriter: Sendable {
  package typealias Attribute = (name: String, value: String)

  /// A metric of numbers.
  package struct Metric: Sendable {
    package let name: String
    package let description: String
    /// A sum that only grows, since a time that is not known; else a gauge.
    package let isCounter: Bool

    package init(name: String, description: String, isCounter: Bool) {
      self.name = name
      self.description = description
      self.isCounter = isCounter
    }
  }

  private struct Entry {
    let isCounter: Bool
    /// The fields of `Metric` without its data.
    let head: [UInt8]
    var points = ProtobufWriter(reservingCapacity: 0)
  }

  private struct Series {
    let metric: Int
    /// The fields of the attributes.
    let attributes: [UInt8]
  }

  /// Its attributes, for each request.
  private let resource: [UInt8]
  private var metrics: [Entry] = []
  /// By the caller's number; nil for one that is new.
  private var series: [Series?] = []
  /// The metrics of this request.
  private var current: [Int] = []

  /// - Parameter resource: its attributes.
  package init(resource: [Attribute]) {
    self.resource = Self.encode(resource, ResourceField.attributes)
  }

  /// Points so far.
  package private(set) var pointCount = 0

  /// Forgets the series: their numbers mean others from now on.
  package mutating func forgetSeries() { series.removeAll() }

  /// Whether the attributes of a series are not known yet.
  package func isNew(_ number: Int) -> Bool { number >= series.count || series[number] == nil }

  /// Takes a new metric, and gives it a number.
  package mutating func add(_ metric: Metric) -> Int {
    var head = ProtobufWriter()
    head.string(MetricField.name, metric.name)
    if !metric.description.isEmpty { head.string(MetricField.description, metric.description) }
    metrics.append(Entry(isCounter: metric.isCounter, head: head.bytes))
    return metrics.count - 1
  }

  /// Takes the attributes of a new series of a metric.
  package mutating func add(_ number: Int, of metric: Int, attributes: [Attribute]) {
    while series.count <= number { series.append(nil) }
    series[number] = Series(metric: metric, attributes: Self.encode(attributes, NumberPointField.attributes))
  }

  /// Adds a point of a series whose attributes are known.
  ///
  /// - Parameters:
  ///   - value: nil where the series has ended.
  ///   - time: in milliseconds since 1970.
  package mutating func append(_ number: Int, _ value: Double?, at time: Int64) {
    guard let series = series[number] else { preconditionFailure("a point of a series that is not known") }
    if metrics[series.metric].points.bytes.isEmpty { current.append(series.metric) }
    // A tag and 8 bytes of time; of value; or a tag and the flag.
    let byteCount = series.attributes.count + 9 + (value == nil ? 2 : 9)
    metrics[series.metric].points.beginMessage(MetricDataField.points, byteCount: byteCount)
    metrics[series.metric].points.fields(series.attributes)
    metrics[series.metric].points.fixed64(NumberPointField.time, UInt64(max(0, time)) * 1_000_000)
    if let value {
      metrics[series.metric].points.double(NumberPointField.double, value)
    } else {
      metrics[series.metric].points.varint(NumberPointField.flags, Self.noRecordedValue)
    }
    pointCount += 1
  }

  /// The request, empty where nothing was added; the writer then begins the next one.
  package mutating func finish() -> [UInt8] {
    guard pointCount > 0 else { return [] }
    let byteCount = current.reduce(0) { $0 + metrics[$1].head.count + metrics[$1].points.bytes.count + 32 }
    var request = ProtobufWriter(reservingCapacity: byteCount + resource.count + 64)
    request.message(EnvelopeField.resourceGroups) { request in
      request.bytes(EnvelopeField.resource, resource)
      // A scope without a name: one with a name would become a label.
      request.message(EnvelopeField.scopeGroups) { request in
        for number in current {
          request.message(EnvelopeField.records) { Self.write(metrics[number], to: &$0) }
          metrics[number].points.removeAll()
        }
      }
    }
    current.removeAll(keepingCapacity: true)
    pointCount = 0
    return request.bytes
  }

  /// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
  private static let cumulative: UInt64 = 2
  /// `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`.
  private static let noRecordedValue: UInt64 = 1

  private static func write(_ metric: Entry, to writer: inout ProtobufWriter) {
    writer.fields(metric.head)
    writer.message(metric.isCounter ? MetricField.sum : MetricField.gauge) { data in
      data.fields(metric.points.bytes)
      guard metric.isCounter else { return }
      data.varint(MetricDataField.temporality, cumulative)
      data.bool(MetricDataField.isMonotonic, true)
    }
  }

  private static func encode(_ attributes: [Attribute], _ field: UInt32) -> [UInt8] {
    var writer = ProtobufWriter()
    for attribute in attributes {
      writer.message(field) { writer in
        writer.string(KeyValueField.key, attribute.name)
        writer.message(KeyValueField.value) { $0.string(AnyValueField.string, attribute.value) }
      }
    }
    return writer.bytes
  }
}
