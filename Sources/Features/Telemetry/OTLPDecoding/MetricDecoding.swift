import Columns
import OTLP
import Protobuf
import Telemetry

/// Metrics, whose points are rows of the table `metric_points`.
struct MetricRecords: RecordDecoding {
  init(of resource: ReferencedRow, in batch: MetricBatch) {}

  func append(
    _ message: ProtobufReader, of scope: ScopeContext, with decoder: OTLPDecoder, into batch: MetricBatch,
    progress: inout RequestProgress
  ) throws(ProtobufError) {
    try decoder.append(metric: message, of: scope, into: batch, progress: &progress)
  }

  func end(_ scope: ScopeContext, in batch: MetricBatch) {}
}

/// What all points of one metric share, texts as codes of the block's columns.
struct MetricContext {
  let scope: ScopeContext
  let type: MetricType
  let hasName: Bool
  let nameCode: UInt32
  let descriptionCode: UInt32
  let unitCode: UInt32
  /// What was cut of the metric's name, description and unit.
  let cuts: SharedCuts
  var temporality: UInt8 = 0
  var isMonotonic = false
}

extension OTLPDecoder {
  fileprivate func append(
    metric message: ProtobufReader, of scope: ScopeContext, into batch: MetricBatch, progress: inout RequestProgress
  ) throws(ProtobufError) {
    let block = batch.rows
    var reader = message
    var name = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var description = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var unit = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    // Of several kinds of data in one message the last counts, as for every oneof.
    var data: (type: MetricType, message: ProtobufReader)?
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(MetricField.name): unsafe name = try reader.readBytes()
      case ProtobufTag.bytes(MetricField.description): unsafe description = try reader.readBytes()
      case ProtobufTag.bytes(MetricField.unit): unsafe unit = try reader.readBytes()
      case ProtobufTag.bytes(MetricField.gauge): data = (.gauge, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.sum): data = (.sum, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.histogram): data = (.histogram, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.exponentialHistogram):
        data = (.exponentialHistogram, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.summary): data = (.summary, try reader.readMessage())
      default: try reader.skip(tag)
      }
    }
    guard let data else { return }
    cuts.reset()
    var context = unsafe MetricContext(
      scope: scope, type: data.type, hasName: !name.isEmpty,
      nameCode: block.name.dictionary.code(cuts.name(name, of: "name")),
      descriptionCode: block.description.dictionary.code(cuts.name(description, of: "description")),
      unitCode: block.unit.dictionary.code(cuts.name(unit, of: "unit")), cuts: cuts.shared)
    try append(data: data.message, context: &context, into: batch, progress: &progress)
  }

  private func append(
    data: ProtobufReader, context: inout MetricContext, into batch: MetricBatch, progress: inout RequestProgress
  ) throws(ProtobufError) {
    let block = batch.rows
    // Temporality and monotonicity come after the points.
    var properties = data
    while case let tag = try properties.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(MetricDataField.temporality):
        let temporality = try properties.readVarint()
        context.temporality = temporality <= 2 ? UInt8(temporality) : 0
      case ProtobufTag.varint(MetricDataField.isMonotonic): context.isMonotonic = try properties.readBool()
      default: try properties.skip(tag)
      }
    }
    var points = data
    while let message = try points.nextMessage(MetricDataField.points) {
      guard mayContinue(message, batch, &progress) else { return }
      let isAccepted = try progress.count("data point", cuts: cuts) { progress throws(ProtobufError) in
        try append(point: message, context: context, days: &progress.days, into: block)
      }
      if !isAccepted { block.columns.truncate(toRowCount: block.batchID.rowCount) }
    }
  }

  private func append(
    point message: ProtobufReader, context: MetricContext, days: inout RequestDays, into block: MetricBlock
  ) throws(ProtobufError) -> RecordFault? {
    guard context.hasName else { return .noMetricName }
    guard !message.isAtEnd else { return .empty }
    var point = PointFields(limits: limits, cuts: cuts)
    try point.read(message, of: context.type, into: block)
    guard !point.hasLongList else { return .tooManyElements(limits.elementCountMax) }
    // "time_unix_nano is required" (metrics.proto, every data point).
    guard point.time != 0 else { return .noTime }
    guard point.time <= UInt64(Int64.max), point.startTime <= UInt64(Int64.max) else { return .timeBeyondRange }
    guard context.scope.request.times.contains(point.time) else {
      return .timeRefused(context.scope.request.times.refusal(of: point.time, field: "time_unix_nano"))
    }
    guard days.admit(point.time) else { return .tooManyDays }
    if context.type == .histogram {
      // "The number of elements in bucket_counts array must be by one greater than the number of elements in
      // explicit_bounds array", or both are empty (metrics.proto, HistogramDataPoint).
      let counts = block.bucketCounts.openElementCount
      let bounds = block.explicitBounds.openElementCount
      guard counts == bounds + 1 || (counts == 0 && bounds == 0) else {
        return .bucketCounts(counts: counts, bounds: bounds)
      }
    }
    cuts.record(context.cuts)
    cuts.mark(block.attributes)
    point.appendRow(context: context, into: block)
    return nil
  }
}
