import Columns
import OTLP
import Protobuf
import Telemetry

/// What all points of one metric share, as codes of the metric block's columns.
struct MetricContext {
  let request: RequestContext
  var resourceID: UInt64 = 0
  var serviceCode: UInt32 = 0
  var scopeID: UInt64 = 0
  var scopeNameCode: UInt32 = 0
  var scopeVersionCode: UInt32 = 0
  var nameCode: UInt32 = 0
  var hasName = false
  var descriptionCode: UInt32 = 0
  var unitCode: UInt32 = 0
  var type = MetricType.gauge
  var temporality: UInt8 = 0
  var isMonotonic = false
  /// What was cut of the metric's name, description and unit.
  var cuts = SharedCuts()
}

extension OTLPDecoder {
  func appendPoints(
    of message: ProtobufReader, request: RequestContext, into batch: MetricBatch, progress: inout RequestProgress
  ) throws(ProtobufError) {
    var reader = message
    var context = MetricContext(request: request)
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(EnvelopeField.resourceGroups) else {
        try reader.skip(tag)
        continue
      }
      var group = try reader.readMessage()
      guard goesOn(batch, &progress) else { return }
      let resource = try resource(of: group, tenant: request.tenant, in: batch.resources)
      context.resourceID = resource.id
      context.serviceCode = batch.rows.serviceName.code(of: batch.resources.serviceName, row: resource.row)
      while case let tag = try group.nextTag(), tag != 0 {
        guard tag == ProtobufTag.bytes(EnvelopeField.scopeGroups) else {
          try group.skip(tag)
          continue
        }
        var scopeGroup = try group.readMessage()
        guard goesOn(batch, &progress) else { return }
        let scope = try scope(of: scopeGroup, tenant: request.tenant, in: batch.scopes)
        context.scopeID = scope.id
        context.scopeNameCode = batch.rows.scopeName.code(of: batch.scopes.name, row: scope.row)
        context.scopeVersionCode = batch.rows.scopeVersion.code(of: batch.scopes.version, row: scope.row)
        while case let tag = try scopeGroup.nextTag(), tag != 0 {
          if tag == ProtobufTag.bytes(EnvelopeField.records) {
            let metric = try scopeGroup.readMessage()
            guard goesOn(metric, batch, &progress) else { return }
            try append(metric: metric, context: &context, into: batch, progress: &progress)
            guard progress.excess == nil else { return }
          } else {
            try scopeGroup.skip(tag)
          }
        }
      }
    }
  }

  private func append(
    metric message: ProtobufReader, context: inout MetricContext, into batch: MetricBatch,
    progress: inout RequestProgress
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
    context.type = data.type
    context.hasName = unsafe !name.isEmpty
    cuts.reset()
    context.nameCode = unsafe block.name.dictionary.code(cuts.name(name, of: "name"))
    context.descriptionCode = unsafe block.description.dictionary.code(cuts.name(description, of: "description"))
    context.unitCode = unsafe block.unit.dictionary.code(cuts.name(unit, of: "unit"))
    context.cuts = cuts.shared
    try append(data: data.message, context: &context, into: batch, progress: &progress)
  }

  private func append(
    data: ProtobufReader, context: inout MetricContext, into batch: MetricBatch, progress: inout RequestProgress
  ) throws(ProtobufError) {
    let block = batch.rows
    context.temporality = 0
    context.isMonotonic = false
    // Temporality and monotonicity stand behind the points.
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
    var reader = data
    while case let tag = try reader.nextTag(), tag != 0 {
      guard tag == ProtobufTag.bytes(MetricDataField.points) else {
        try reader.skip(tag)
        continue
      }
      let message = try reader.readMessage()
      guard goesOn(message, batch, &progress) else { return }
      cuts.reset()
      let fault: RecordFault?
      do throws(ProtobufError) {
        fault = try append(point: message, context: context, days: &progress.days, into: block)
      } catch {
        guard error.reason == .tooDeep else { throw error }
        fault = .tooDeep
      }
      if let fault {
        block.columns.truncate(toRowCount: block.batchID.rowCount)
        progress.outcome.reject(fault, "data point")
      } else {
        progress.outcome.accepted += 1
        progress.outcome.cutTexts &+= cuts.count
      }
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
    guard context.request.times.contains(point.time) else {
      return .timeRefused(context.request.times.refusal(of: point.time, field: "time_unix_nano"))
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
    cuts.note(context.cuts)
    cuts.mark(block.attributes)
    point.finish(context: context, into: block)
    return nil
  }
}
