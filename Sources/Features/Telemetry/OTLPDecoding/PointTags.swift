import OTLP
import Protobuf
import Telemetry

/// The tags of the fields that data points of several types share, under numbers of their own; 0, which ends a message
/// and tags nothing, for a field that a type lacks.
struct PointTags {
  let startTime, time, attributes, flags: UInt32
  var exemplars: UInt32 = 0
  var count: UInt32 = 0
  var sum: UInt32 = 0
  var min: UInt32 = 0
  var max: UInt32 = 0

  @inline(__always)
  static func of(_ type: MetricType) -> PointTags {
    switch type {
    case .gauge, .sum: number
    case .histogram: histogram
    case .exponentialHistogram: exponentialHistogram
    case .summary: summary
    }
  }

  private static let number = PointTags(
    startTime: ProtobufTag.fixed64(NumberPointField.startTime), time: ProtobufTag.fixed64(NumberPointField.time),
    attributes: ProtobufTag.bytes(NumberPointField.attributes), flags: ProtobufTag.varint(NumberPointField.flags),
    exemplars: ProtobufTag.bytes(NumberPointField.exemplars))

  private static let histogram = PointTags(
    startTime: ProtobufTag.fixed64(HistogramPointField.startTime), time: ProtobufTag.fixed64(HistogramPointField.time),
    attributes: ProtobufTag.bytes(HistogramPointField.attributes), flags: ProtobufTag.varint(HistogramPointField.flags),
    exemplars: ProtobufTag.bytes(HistogramPointField.exemplars), count: ProtobufTag.fixed64(HistogramPointField.count),
    sum: ProtobufTag.fixed64(HistogramPointField.sum), min: ProtobufTag.fixed64(HistogramPointField.min),
    max: ProtobufTag.fixed64(HistogramPointField.max))

  private static let exponentialHistogram = PointTags(
    startTime: ProtobufTag.fixed64(ExponentialPointField.startTime),
    time: ProtobufTag.fixed64(ExponentialPointField.time),
    attributes: ProtobufTag.bytes(ExponentialPointField.attributes),
    flags: ProtobufTag.varint(ExponentialPointField.flags),
    exemplars: ProtobufTag.bytes(ExponentialPointField.exemplars),
    count: ProtobufTag.fixed64(ExponentialPointField.count), sum: ProtobufTag.fixed64(ExponentialPointField.sum),
    min: ProtobufTag.fixed64(ExponentialPointField.min), max: ProtobufTag.fixed64(ExponentialPointField.max))

  private static let summary = PointTags(
    startTime: ProtobufTag.fixed64(SummaryPointField.startTime), time: ProtobufTag.fixed64(SummaryPointField.time),
    attributes: ProtobufTag.bytes(SummaryPointField.attributes), flags: ProtobufTag.varint(SummaryPointField.flags),
    count: ProtobufTag.fixed64(SummaryPointField.count), sum: ProtobufTag.fixed64(SummaryPointField.sum))
}
