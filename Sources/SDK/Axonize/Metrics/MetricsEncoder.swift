/// Metrics as OTLP (opentelemetry/proto/metrics/v1/metrics.proto).
enum MetricsEncoder {
  /// AGGREGATION_TEMPORALITY_CUMULATIVE.
  private static let cumulative: UInt64 = 2

  /// A number with its attributes.
  struct Point {
    enum Number {
      case int(Int)
      case double(Double)
    }

    var attributes: Attributes = [:]
    var number: Number
  }

  private static func attributes(_ attributes: Attributes, field: UInt32) -> [UInt8] {
    var encoder = ValueEncoder(limits: .unlimited)
    return encoder.attributes(attributes, field: field, countMax: .max)
  }

  /// A Metric (name 1, description 2, unit 3, data) as field 2 of ScopeMetrics.
  private static func metric(
    _ name: String, _ unit: String, _ summary: String, data field: UInt32, _ write: (inout ProtobufBytes) -> Void
  ) -> [UInt8] {
    var message = ProtobufBytes()
    message.message(2) { metric in
      metric.string(1, name)
      metric.optionalString(2, summary)
      metric.optionalString(3, unit)
      metric.message(field, write)
    }
    return message.bytes
  }

  /// Cumulative histograms: field 9 of Metric.
  static func histograms(
    _ instrument: LLMMetrics.Instrument, _ series: [Attributes: Histogram], from start: UInt64, at now: UInt64
  ) -> [UInt8] {
    metric(instrument.rawValue, instrument.unit, instrument.summary, data: 9) { data in
      for (attributes, value) in series { data.message(1) { write(value, attributes, from: start, at: now, to: &$0) } }
      data.number(2, cumulative)
    }
  }

  /// HistogramDataPoint: start 2, time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, attributes 9, min 11, max 12.
  private static func write(
    _ value: Histogram, _ attributes: Attributes, from start: UInt64, at now: UInt64, to point: inout ProtobufBytes
  ) {
    point.fixed64(2, start)
    point.fixed64(3, now)
    point.fixed64(4, value.count)
    point.double(5, value.sum)
    var counts = ProtobufBytes()
    for count in value.counts { counts.raw64(count) }
    point.data(6, counts.bytes)
    var bounds = ProtobufBytes()
    for bound in value.bounds { bounds.raw64(bound.bitPattern) }
    point.data(7, bounds.bytes)
    point.append(Self.attributes(attributes, field: 9))
    point.double(11, value.least)
    point.double(12, value.greatest)
  }

  /// NumberDataPoint: start 2, time 3, as_double 4, as_int 6, attributes 7.
  private static func write(_ value: Point, from start: UInt64, at now: UInt64, to point: inout ProtobufBytes) {
    if start != 0 { point.fixed64(2, start) }
    point.fixed64(3, now)
    switch value.number {
    case .int(let number): point.fixed64(6, UInt64(bitPattern: Int64(number)))
    case .double(let number): point.double(4, number)
    }
    point.append(attributes(value.attributes, field: 7))
  }

  /// Cumulative sums that only grow: field 7 of Metric.
  static func total(
    _ name: String, _ unit: String, _ summary: String, _ points: [Point], from start: UInt64, at now: UInt64
  ) -> [UInt8] {
    metric(name, unit, summary, data: 7) { data in
      for point in points { data.message(1) { write(point, from: start, at: now, to: &$0) } }
      data.number(2, cumulative)
      data.number(3, 1)
    }
  }

  /// Present values: field 5 of Metric.
  static func gauge(_ name: String, _ unit: String, _ summary: String, _ points: [Point], at now: UInt64) -> [UInt8] {
    metric(name, unit, summary, data: 5) { data in
      for point in points { data.message(1) { write(point, from: 0, at: now, to: &$0) } }
    }
  }

  /// An ExportMetricsServiceRequest of encoded metrics; `resource` is an encoded Resource.
  static func request(resource: [UInt8], metrics: [[UInt8]]) -> [UInt8] {
    var request = ProtobufBytes()
    request.message(1) { resourceMetrics in
      resourceMetrics.data(1, resource)
      resourceMetrics.message(2) { scopeMetrics in
        scopeMetrics.message(1) { scope in
          scope.string(1, "axonize")
          scope.string(2, axonizeVersion)
        }
        for metric in metrics { scopeMetrics.append(metric) }
      }
    }
    return request.bytes
  }
}
