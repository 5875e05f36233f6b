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

  /// Reads a data point of a type of metric.
  mutating func read(_ message: ProtobufReader, of type: MetricType, into block: MetricBlock) throws(ProtobufError) {
    let tags = PointTags.of(type)
    // A summary's sum has no presence: without the field it is 0.
    if type == .summary { sum = 0 }
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case tags.startTime: startTime = try reader.readFixed64()
      case tags.time: time = try reader.readFixed64()
      case tags.attributes: try append(attribute: reader.readMessage(), to: block)
      case tags.flags: flags = try reader.readUInt32()
      case tags.exemplars: try append(exemplar: reader.readMessage(), to: block)
      case tags.count: count = try reader.readFixed64()
      case tags.sum: sum = try reader.readDouble()
      case tags.min: min = try reader.readDouble()
      case tags.max: max = try reader.readDouble()
      default:
        let isKnown =
          switch type {
          case .gauge, .sum: try readNumber(tag, &reader)
          case .histogram: try readHistogram(tag, &reader, into: block)
          case .exponentialHistogram: try readExponentialHistogram(tag, &reader, into: block)
          case .summary: try readSummary(tag, &reader, into: block)
          }
        if !isKnown { try reader.skip(tag) }
      }
    }
  }

  // Each reads a field that only points of one type have; false for another field.

  private mutating func readNumber(_ tag: UInt32, _ reader: inout ProtobufReader) throws(ProtobufError) -> Bool {
    switch tag {
    case ProtobufTag.fixed64(NumberPointField.double):
      double = try reader.readDouble()
      int = nil
    case ProtobufTag.fixed64(NumberPointField.int):
      int = Int64(bitPattern: try reader.readFixed64())
      double = nil
    default: return false
    }
    return true
  }

  private mutating func readHistogram(
    _ tag: UInt32, _ reader: inout ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) -> Bool {
    switch tag {
    case ProtobufTag.fixed64(HistogramPointField.bucketCounts): try append(one: &reader, to: block.bucketCounts)
    case ProtobufTag.bytes(HistogramPointField.bucketCounts): try append(packed: &reader, to: block.bucketCounts)
    case ProtobufTag.fixed64(HistogramPointField.explicitBounds): try append(one: &reader, to: block.explicitBounds)
    case ProtobufTag.bytes(HistogramPointField.explicitBounds): try append(packed: &reader, to: block.explicitBounds)
    default: return false
    }
    return true
  }

  private mutating func readExponentialHistogram(
    _ tag: UInt32, _ reader: inout ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) -> Bool {
    switch tag {
    case ProtobufTag.varint(ExponentialPointField.scale): scale = try reader.readSInt32()
    case ProtobufTag.fixed64(ExponentialPointField.zeroCount): zeroCount = try reader.readFixed64()
    case ProtobufTag.fixed64(ExponentialPointField.zeroThreshold): zeroThreshold = try reader.readDouble()
    case ProtobufTag.bytes(ExponentialPointField.positive):
      try positiveOffset = read(buckets: reader.readMessage(), offset: positiveOffset, into: block.positiveCounts)
    case ProtobufTag.bytes(ExponentialPointField.negative):
      try negativeOffset = read(buckets: reader.readMessage(), offset: negativeOffset, into: block.negativeCounts)
    default: return false
    }
    return true
  }

  private mutating func readSummary(
    _ tag: UInt32, _ reader: inout ProtobufReader, into block: MetricBlock
  ) throws(ProtobufError) -> Bool {
    guard tag == ProtobufTag.bytes(SummaryPointField.quantiles) else { return false }
    let quantile = try reader.readMessage()
    if mayGrow(block.quantiles) { try Self.read(quantile: quantile, into: block) }
    return true
  }

  private mutating func append<Element: Fixed64Element>(
    one reader: inout ProtobufReader, to list: ListColumn<FixedColumn<Element>>
  ) throws(ProtobufError) {
    let element = Element(fixed64: try reader.readFixed64())
    if mayGrow(list) { list.elements.append(element) }
  }

  private mutating func append<Element: Fixed64Element>(
    packed reader: inout ProtobufReader, to list: ListColumn<FixedColumn<Element>>
  ) throws(ProtobufError) {
    var packed = try reader.readMessage()
    guard mayGrow(list, by: packed.remainingCount / 8) else { return }
    guard packed.remainingCount % 8 == 0 else {
      throw ProtobufError(.invalidPackedLength, offset: packed.offset)
    }
    while !packed.isAtEnd { list.elements.append(Element(fixed64: try packed.readFixed64())) }
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
    cuts.record(allowance, of: "exemplars")
  }

  /// Appends the row: all columns but the lists, which are filled.
  func appendRow(context: MetricContext, into block: MetricBlock) {
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
    block.append(context.scope)
  }
}

/// An element of a list of 64-bit fields.
private protocol Fixed64Element: ColumnElement {
  init(fixed64 bits: UInt64)
}

extension UInt64: Fixed64Element { fileprivate init(fixed64 bits: UInt64) { self = bits } }
extension Double: Fixed64Element { fileprivate init(fixed64 bits: UInt64) { self.init(bitPattern: bits) } }
