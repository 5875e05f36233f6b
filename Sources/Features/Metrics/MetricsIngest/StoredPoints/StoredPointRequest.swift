import OTLP
import Protobuf

/// Writes stored points as an export request of OTLP.
///
/// Those of each minute are a part of their own, with their resource: the series `target_info` has a sample for each.
enum StoredPointRequest {
  private static let partNanoseconds: Int64 = 60_000_000_000

  /// - Parameter resources: the attributes of each resource; of one that is not known, the service is.
  static func body(
    _ points: ArraySlice<StoredPoint>, of metric: String, resources: [UInt64: [StoredAttributeText]]
  ) -> [UInt8] {
    var writer = ProtobufWriter(reservingCapacity: points.count * 128)
    let order = points.indices.sorted { left, right in
      (points[left].resourceID, points[left].time / partNanoseconds, left)
        < (points[right].resourceID, points[right].time / partNanoseconds, right)
    }
    var rest = order.map { points[$0] }[...]
    while let first = rest.first {
      // Points of one resource, minute, scope and kind.
      let group = rest.prefix {
        $0.resourceID == first.resourceID && $0.scopeName == first.scopeName && $0.scopeVersion == first.scopeVersion
          && $0.header == first.header && $0.time / partNanoseconds == first.time / partNanoseconds
      }
      rest = rest.dropFirst(group.count)
      let attributes =
        resources[first.resourceID] ?? [StoredAttributeText(key: "service.name", value: first.service)]
      writer.message(EnvelopeField.resourceGroups) { resourceGroup in
        resourceGroup.message(EnvelopeField.resource) { $0.attributes(ResourceField.attributes, attributes) }
        resourceGroup.message(EnvelopeField.scopeGroups) { scopeGroup in
          scopeGroup.message(EnvelopeField.scope) { scope in
            scope.string(ScopeField.name, first.scopeName)
            scope.string(ScopeField.version, first.scopeVersion)
          }
          scopeGroup.message(EnvelopeField.records) { record in
            record.string(MetricField.name, metric)
            record.string(MetricField.description, first.header.description)
            record.string(MetricField.unit, first.header.unit)
            record.message(first.header.kind.field) { data in
              for point in group { data.message(MetricDataField.points) { point.write(to: &$0) } }
              if first.header.temporality != 0 { data.varint(MetricDataField.temporality, first.header.temporality) }
              if first.header.isMonotonic { data.bool(MetricDataField.isMonotonic, true) }
            }
          }
        }
      }
    }
    return writer.bytes
  }
}

extension OTLPMetricKind {
  fileprivate var field: UInt32 {
    switch self {
    case .gauge: MetricField.gauge
    case .sum: MetricField.sum
    case .histogram: MetricField.histogram
    case .exponentialHistogram: MetricField.exponentialHistogram
    case .summary: MetricField.summary
    }
  }
}

extension StoredPoint {
  fileprivate func write(to writer: inout ProtobufWriter) {
    switch header.kind {
    case .gauge, .sum: writeNumber(to: &writer)
    case .histogram: writeHistogram(to: &writer)
    case .exponentialHistogram: writeExponentialHistogram(to: &writer)
    case .summary: writeSummary(to: &writer)
    }
  }

  private var unixTime: UInt64 { UInt64(clamping: time) }

  private func writeNumber(to writer: inout ProtobufWriter) {
    writer.fixed64(NumberPointField.time, unixTime)
    switch number {
    case .int(let value): writer.fixed64(NumberPointField.int, UInt64(bitPattern: value))
    case .double(let value): writer.double(NumberPointField.double, value)
    case nil: break
    }
    writer.attributes(NumberPointField.attributes, attributes)
    writer.varint(NumberPointField.flags, flags)
    for exemplar in exemplars ?? [] { writer.bytes(NumberPointField.exemplars, exemplar) }
  }

  private func writeHistogram(to writer: inout ProtobufWriter) {
    writer.fixed64(HistogramPointField.time, unixTime)
    writer.fixed64(HistogramPointField.count, count)
    if let sum { writer.double(HistogramPointField.sum, sum) }
    writer.packedFixed64(HistogramPointField.bucketCounts, bucketCounts)
    writer.packedFixed64(HistogramPointField.explicitBounds, bounds.map(\.bitPattern))
    writer.attributes(HistogramPointField.attributes, attributes)
    writer.varint(HistogramPointField.flags, flags)
    for exemplar in exemplars ?? [] { writer.bytes(HistogramPointField.exemplars, exemplar) }
  }

  private func writeExponentialHistogram(to writer: inout ProtobufWriter) {
    writer.attributes(ExponentialPointField.attributes, attributes)
    writer.fixed64(ExponentialPointField.time, unixTime)
    writer.fixed64(ExponentialPointField.count, count)
    if let sum { writer.double(ExponentialPointField.sum, sum) }
    writer.sint32(ExponentialPointField.scale, Int32(clamping: exponential.scale))
    writer.fixed64(ExponentialPointField.zeroCount, exponential.zeroCount)
    for (field, side) in [
      (ExponentialPointField.positive, exponential.positive), (ExponentialPointField.negative, exponential.negative),
    ] {
      writer.message(field) { buckets in
        buckets.sint32(BucketsField.offset, Int32(clamping: side.offset))
        buckets.packedVarint(BucketsField.counts, side.counts)
      }
    }
    writer.varint(ExponentialPointField.flags, flags)
    for exemplar in exemplars ?? [] { writer.bytes(ExponentialPointField.exemplars, exemplar) }
    writer.double(ExponentialPointField.zeroThreshold, exponential.zeroThreshold)
  }

  private func writeSummary(to writer: inout ProtobufWriter) {
    writer.fixed64(SummaryPointField.time, unixTime)
    writer.fixed64(SummaryPointField.count, count)
    writer.double(SummaryPointField.sum, sum ?? 0)
    for (quantile, value) in zip(quantiles, quantileValues) {
      writer.message(SummaryPointField.quantiles) { entry in
        entry.double(QuantileField.quantile, quantile)
        entry.double(QuantileField.value, value)
      }
    }
    writer.attributes(SummaryPointField.attributes, attributes)
    writer.varint(SummaryPointField.flags, flags)
  }
}

extension ProtobufWriter {
  fileprivate mutating func attributes(_ field: UInt32, _ attributes: [StoredAttributeText]) {
    for attribute in attributes {
      message(field) { keyValue in
        keyValue.string(KeyValueField.key, attribute.key)
        keyValue.message(KeyValueField.value) { $0.string(AnyValueField.string, attribute.value) }
      }
    }
  }
}
