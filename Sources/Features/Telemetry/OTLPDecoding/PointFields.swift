import Columns
import OTLP
import Protobuf
import Telemetry

/// The single values of a data point while it is read; its lists go straight into the block.
struct PointFields {
  private let limits: IngestLimits
  private let cuts: TextCuts
  /// Whether a list has more elements than a point may have; the rest of them is not in the block.
  private(set) var hasLongList = false
  var startTime: UInt64 = 0
  var time: UInt64 = 0
  var flags: UInt32 = 0
  var double: Double?
  var int: Int64?
  var count: UInt64 = 0
  var sum: Double?
  var min: Double?
  var max: Double?
  var scale: Int32 = 0
  var zeroCount: UInt64 = 0
  var zeroThreshold = 0.0
  var positiveOffset: Int32 = 0
  var negativeOffset: Int32 = 0
  var exemplarCount = 0

  init(limits: IngestLimits, cuts: TextCuts) {
    self.limits = limits
    self.cuts = cuts
  }

  mutating func readNumber(
    _ message: ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(NumberPointField.startTime): startTime = try reader.readFixed64()
      case ProtobufTag.fixed64(NumberPointField.time): time = try reader.readFixed64()
      case ProtobufTag.fixed64(NumberPointField.double):
        double = try reader.readDouble()
        int = nil
      case ProtobufTag.fixed64(NumberPointField.int):
        int = Int64(bitPattern: try reader.readFixed64())
        double = nil
      case ProtobufTag.bytes(NumberPointField.attributes):
        try append(attribute: reader.readMessage(), to: block)
      case ProtobufTag.bytes(NumberPointField.exemplars):
        try append(exemplar: reader.readMessage(), to: block)
      case ProtobufTag.varint(NumberPointField.flags): flags = try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
  }

  mutating func readHistogram(
    _ message: ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(HistogramPointField.startTime): startTime = try reader.readFixed64()
      case ProtobufTag.fixed64(HistogramPointField.time): time = try reader.readFixed64()
      case ProtobufTag.fixed64(HistogramPointField.count): count = try reader.readFixed64()
      case ProtobufTag.fixed64(HistogramPointField.sum): sum = try reader.readDouble()
      case ProtobufTag.fixed64(HistogramPointField.min): min = try reader.readDouble()
      case ProtobufTag.fixed64(HistogramPointField.max): max = try reader.readDouble()
      case ProtobufTag.fixed64(HistogramPointField.bucketCounts):
        let count = try reader.readFixed64()
        if mayGrow(block.bucketCounts) { block.bucketCounts.elements.append(count) }
      case ProtobufTag.bytes(HistogramPointField.bucketCounts):
        let packed = try reader.readMessage()
        if mayGrow(block.bucketCounts, by: packed.remainingCount / 8) {
          try block.bucketCounts.elements.append(packedFixed64: packed)
        }
      case ProtobufTag.fixed64(HistogramPointField.explicitBounds):
        let bound = try reader.readDouble()
        if mayGrow(block.explicitBounds) { block.explicitBounds.elements.append(bound) }
      case ProtobufTag.bytes(HistogramPointField.explicitBounds):
        let packed = try reader.readMessage()
        if mayGrow(block.explicitBounds, by: packed.remainingCount / 8) {
          try block.explicitBounds.elements.append(packedDouble: packed)
        }
      case ProtobufTag.bytes(HistogramPointField.attributes):
        try append(attribute: reader.readMessage(), to: block)
      case ProtobufTag.bytes(HistogramPointField.exemplars):
        try append(exemplar: reader.readMessage(), to: block)
      case ProtobufTag.varint(HistogramPointField.flags): flags = try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
  }

  mutating func readExponentialHistogram(
    _ message: ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(ExponentialPointField.startTime): startTime = try reader.readFixed64()
      case ProtobufTag.fixed64(ExponentialPointField.time): time = try reader.readFixed64()
      case ProtobufTag.fixed64(ExponentialPointField.count): count = try reader.readFixed64()
      case ProtobufTag.fixed64(ExponentialPointField.sum): sum = try reader.readDouble()
      case ProtobufTag.fixed64(ExponentialPointField.min): min = try reader.readDouble()
      case ProtobufTag.fixed64(ExponentialPointField.max): max = try reader.readDouble()
      case ProtobufTag.varint(ExponentialPointField.scale): scale = try reader.readSInt32()
      case ProtobufTag.fixed64(ExponentialPointField.zeroCount): zeroCount = try reader.readFixed64()
      case ProtobufTag.fixed64(ExponentialPointField.zeroThreshold): zeroThreshold = try reader.readDouble()
      case ProtobufTag.bytes(ExponentialPointField.positive):
        try positiveOffset = read(buckets: reader.readMessage(), offset: positiveOffset, into: block.positiveCounts)
      case ProtobufTag.bytes(ExponentialPointField.negative):
        try negativeOffset = read(buckets: reader.readMessage(), offset: negativeOffset, into: block.negativeCounts)
      case ProtobufTag.bytes(ExponentialPointField.attributes):
        try append(attribute: reader.readMessage(), to: block)
      case ProtobufTag.bytes(ExponentialPointField.exemplars):
        try append(exemplar: reader.readMessage(), to: block)
      case ProtobufTag.varint(ExponentialPointField.flags): flags = try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
  }

  mutating func readSummary(
    _ message: ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) {
    var reader = message
    // A summary's sum has no presence: without the field it is 0.
    sum = 0
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(SummaryPointField.startTime): startTime = try reader.readFixed64()
      case ProtobufTag.fixed64(SummaryPointField.time): time = try reader.readFixed64()
      case ProtobufTag.fixed64(SummaryPointField.count): count = try reader.readFixed64()
      case ProtobufTag.fixed64(SummaryPointField.sum): sum = try reader.readDouble()
      case ProtobufTag.bytes(SummaryPointField.quantiles):
        let quantile = try reader.readMessage()
        if mayGrow(block.quantiles) { try Self.read(quantile: quantile, into: block) }
      case ProtobufTag.bytes(SummaryPointField.attributes):
        try append(attribute: reader.readMessage(), to: block)
      case ProtobufTag.varint(SummaryPointField.flags): flags = try reader.readUInt32()
      default: try reader.skip(tag)
      }
    }
  }

  /// Whether a list of the point may get some more elements; if not, the point is to be rejected.
  private mutating func mayGrow<Elements: Column>(_ list: ListColumn<Elements>, by count: Int = 1) -> Bool {
    if list.openElementCount + count <= limits.elementCountMax { return true }
    hasLongList = true
    return false
  }

  /// Appends the counts of some buckets and returns their offset, `offset` if they have none of their own.
  private mutating func read(
    buckets message: ProtobufReader, offset: Int32, into counts: ListColumn<FixedColumn<UInt64>>
  ) throws(ProtobufError) -> Int32 {
    var reader = message
    var offset = offset
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(BucketsField.offset): offset = try reader.readSInt32()
      case ProtobufTag.varint(BucketsField.counts):
        let count = try reader.readVarint()
        if mayGrow(counts) { counts.elements.append(count) }
      case ProtobufTag.bytes(BucketsField.counts):
        var packed = try reader.readMessage()
        while !packed.isAtEnd, mayGrow(counts) { counts.elements.append(try packed.readVarint()) }
      default: try reader.skip(tag)
      }
    }
    return offset
  }

  private static func read(quantile message: ProtobufReader, into block: MetricBlock) throws(ProtobufError) {
    var reader = message
    var quantile = 0.0
    var value = 0.0
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(QuantileField.quantile): quantile = try reader.readDouble()
      case ProtobufTag.fixed64(QuantileField.value): value = try reader.readDouble()
      default: try reader.skip(tag)
      }
    }
    block.quantiles.elements.append(quantile)
    block.quantileValues.elements.append(value)
  }

  /// Appends an attribute; those beyond the limit are left out, since a data point has no count of dropped ones.
  private func append(
    attribute message: ProtobufReader, to block: MetricBlock
  ) throws(ProtobufError) {
    guard block.attributes.hasRoom(limits) else { return }
    _ = try block.attributes.append(keyValue: message, cuts: cuts)
  }

  /// Appends an exemplar; those beyond the limits are left out, since a data point has no count of dropped ones.
  private mutating func append(exemplar message: ProtobufReader, to block: MetricBlock) throws(ProtobufError) {
    let bytesLeft = limits.recordBytesMax - block.exemplars.openRowBytes
    guard exemplarCount < limits.exemplarCountMax, bytesLeft > 0 else { return }
    block.exemplars.bytes.append(ascii: exemplarCount == 0 ? "[" : ",")
    exemplarCount += 1
    var allowance = TextAllowance(block.exemplars.bytes, bytesMax: bytesLeft)
    try ExemplarText.append(message, to: block.exemplars.bytes, within: &allowance)
    cuts.note(allowance, of: "exemplars")
  }

  /// Appends all columns of the row.
  func finish(context: MetricContext, into block: MetricBlock) {
    block.tenant.append(context.request.tenant)
    block.resourceID.append(context.resourceID)
    block.serviceName.append(code: context.serviceCode)
    block.scopeName.append(code: context.scopeNameCode)
    block.scopeVersion.append(code: context.scopeVersionCode)
    block.scopeID.append(context.scopeID)
    block.name.append(code: context.nameCode)
    block.description.append(code: context.descriptionCode)
    block.unit.append(code: context.unitCode)
    block.type.append(context.type.rawValue)
    block.temporality.append(context.temporality)
    block.isMonotonic.append(context.isMonotonic ? 1 : 0)
    block.startTime.append(Int64(startTime))
    block.time.append(Int64(time))
    block.attributes.endRow()
    block.flags.append(flags)
    block.valueDouble.append(double)
    block.valueInt.append(int)
    block.count.append(count)
    block.sum.append(sum)
    block.min.append(min)
    block.max.append(max)
    block.bucketCounts.endRow()
    block.explicitBounds.endRow()
    block.scale.append(scale)
    block.zeroCount.append(zeroCount)
    block.zeroThreshold.append(zeroThreshold)
    block.positiveOffset.append(positiveOffset)
    block.positiveCounts.endRow()
    block.negativeOffset.append(negativeOffset)
    block.negativeCounts.endRow()
    block.quantiles.endRow()
    block.quantileValues.endRow()
    if exemplarCount > 0 { block.exemplars.bytes.append(ascii: "]") }
    block.exemplars.endRow()
    block.batchID.append(context.request.batchID)
  }
}

extension FixedColumn where Element == UInt64 {
  func append(packedFixed64 message: ProtobufReader) throws(ProtobufError) {
    var packed = message
    guard packed.remainingCount % 8 == 0 else {
      throw ProtobufError(.invalidPackedLength, offset: packed.offset)
    }
    while !packed.isAtEnd { append(try packed.readFixed64()) }
  }
}

extension FixedColumn where Element == Double {
  func append(packedDouble message: ProtobufReader) throws(ProtobufError) {
    var packed = message
    guard packed.remainingCount % 8 == 0 else {
      throw ProtobufError(.invalidPackedLength, offset: packed.offset)
    }
    while !packed.isAtEnd { append(try packed.readDouble()) }
  }
}
