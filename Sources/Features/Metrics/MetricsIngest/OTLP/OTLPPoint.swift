import OTLP
import Protobuf

/// The kinds of data of a metric.
enum OTLPMetricKind {
  case gauge, sum, histogram, exponentialHistogram, summary
}

/// A data point while its series are appended; the memory of its lists is used again.
struct OTLPPoint {
  /// Elements of one list: buckets, bounds, quantiles.
  ///
  /// As many as the tables of metric points take.
  static let elementCountMax = 16_384
  /// Exemplars of a point that are looked at; 256.
  ///
  /// SDKs have one for each bucket, or for each core.
  private static let exemplarCountMax = 256
  /// Bit 0 of `flags`, `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`.
  private static let noRecordedValue: UInt32 = 1

  private(set) var attributes: [ProtobufReader] = []
  /// Nanoseconds since 1970; 0 for none.
  private(set) var time: UInt64 = 0
  private(set) var value: Double?
  private(set) var count: UInt64 = 0
  private(set) var sum: Double?
  private(set) var bucketCounts: [UInt64] = []
  private(set) var bounds: [Double] = []
  private(set) var quantiles: [(quantile: Double, value: Double)] = []
  private(set) var exponential = ExponentialBuckets()
  private(set) var hasLongList = false
  /// At most ``exemplarCountMax``.
  private(set) var exemplars: [ProtobufReader] = []
  private(set) var excessExemplarCount = 0
  private var flags: UInt32 = 0

  /// Whether the series of the point ends with it.
  var isStale: Bool { flags & Self.noRecordedValue != 0 }

  private mutating func removeAll() {
    attributes.removeAll(keepingCapacity: true)
    bucketCounts.removeAll(keepingCapacity: true)
    bounds.removeAll(keepingCapacity: true)
    quantiles.removeAll(keepingCapacity: true)
    exponential = ExponentialBuckets()
    exemplars.removeAll(keepingCapacity: true)
    excessExemplarCount = 0
    (time, value, count, sum, hasLongList, flags) = (0, nil, 0, nil, false, 0)
  }

  /// Reads a data point of a kind of metric in place of the one before.
  mutating func read(_ message: ProtobufReader, of kind: OTLPMetricKind) throws(ProtobufError) {
    removeAll()
    switch kind {
    case .gauge, .sum: try readNumber(message)
    case .histogram: try readHistogram(message)
    case .exponentialHistogram: try readExponentialHistogram(message)
    case .summary: try readSummary(message)
    }
  }

  private mutating func readNumber(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(NumberPointField.time): time = try reader.readFixed64()
      case ProtobufTag.bytes(NumberPointField.attributes): attributes.append(try reader.readMessage())
      case ProtobufTag.bytes(NumberPointField.exemplars): append(exemplar: try reader.readMessage())
      case ProtobufTag.varint(NumberPointField.flags): flags = try reader.readUInt32()
      case ProtobufTag.fixed64(NumberPointField.double): value = try reader.readDouble()
      case ProtobufTag.fixed64(NumberPointField.int): value = Double(Int64(bitPattern: try reader.readFixed64()))
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func readHistogram(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(HistogramPointField.time): time = try reader.readFixed64()
      case ProtobufTag.bytes(HistogramPointField.attributes): attributes.append(try reader.readMessage())
      case ProtobufTag.bytes(HistogramPointField.exemplars): append(exemplar: try reader.readMessage())
      case ProtobufTag.varint(HistogramPointField.flags): flags = try reader.readUInt32()
      case ProtobufTag.fixed64(HistogramPointField.count): count = try reader.readFixed64()
      case ProtobufTag.fixed64(HistogramPointField.sum): sum = try reader.readDouble()
      case ProtobufTag.fixed64(HistogramPointField.bucketCounts):
        append(try reader.readFixed64(), to: \.bucketCounts)
      case ProtobufTag.bytes(HistogramPointField.bucketCounts):
        var packed = try reader.readMessage()
        while !packed.isAtEnd { append(try packed.readFixed64(), to: \.bucketCounts) }
      case ProtobufTag.fixed64(HistogramPointField.explicitBounds): append(try reader.readDouble(), to: \.bounds)
      case ProtobufTag.bytes(HistogramPointField.explicitBounds):
        var packed = try reader.readMessage()
        while !packed.isAtEnd { append(try packed.readDouble(), to: \.bounds) }
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func readExponentialHistogram(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(ExponentialPointField.time): time = try reader.readFixed64()
      case ProtobufTag.bytes(ExponentialPointField.attributes): attributes.append(try reader.readMessage())
      case ProtobufTag.bytes(ExponentialPointField.exemplars): append(exemplar: try reader.readMessage())
      case ProtobufTag.varint(ExponentialPointField.flags): flags = try reader.readUInt32()
      case ProtobufTag.fixed64(ExponentialPointField.count): count = try reader.readFixed64()
      case ProtobufTag.fixed64(ExponentialPointField.sum): sum = try reader.readDouble()
      case ProtobufTag.varint(ExponentialPointField.scale): exponential.scale = Int(try reader.readSInt32())
      case ProtobufTag.fixed64(ExponentialPointField.zeroCount): exponential.zeroCount = try reader.readFixed64()
      case ProtobufTag.fixed64(ExponentialPointField.zeroThreshold):
        exponential.zeroThreshold = try reader.readDouble()
      case ProtobufTag.bytes(ExponentialPointField.positive):
        try read(buckets: reader.readMessage(), into: \.exponential.positive)
      case ProtobufTag.bytes(ExponentialPointField.negative):
        try read(buckets: reader.readMessage(), into: \.exponential.negative)
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func read(
    buckets message: ProtobufReader, into side: WritableKeyPath<Self, ExponentialBuckets.Side>
  ) throws(ProtobufError) {
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(BucketsField.offset): self[keyPath: side].offset = Int(try reader.readSInt32())
      case ProtobufTag.varint(BucketsField.counts):
        append(try reader.readVarint(), to: side.appending(path: \.counts))
      case ProtobufTag.bytes(BucketsField.counts):
        var packed = try reader.readMessage()
        while !packed.isAtEnd { append(try packed.readVarint(), to: side.appending(path: \.counts)) }
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func readSummary(_ message: ProtobufReader) throws(ProtobufError) {
    // A summary's sum has no presence: without the field it is 0.
    sum = 0
    var reader = message
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(SummaryPointField.time): time = try reader.readFixed64()
      case ProtobufTag.bytes(SummaryPointField.attributes): attributes.append(try reader.readMessage())
      case ProtobufTag.varint(SummaryPointField.flags): flags = try reader.readUInt32()
      case ProtobufTag.fixed64(SummaryPointField.count): count = try reader.readFixed64()
      case ProtobufTag.fixed64(SummaryPointField.sum): sum = try reader.readDouble()
      case ProtobufTag.bytes(SummaryPointField.quantiles):
        append(try Self.quantile(of: reader.readMessage()), to: \.quantiles)
      default: try reader.skip(tag)
      }
    }
  }

  private static func quantile(of message: ProtobufReader) throws(ProtobufError) -> (quantile: Double, value: Double) {
    var reader = message
    var result = (quantile: 0.0, value: 0.0)
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(QuantileField.quantile): result.quantile = try reader.readDouble()
      case ProtobufTag.fixed64(QuantileField.value): result.value = try reader.readDouble()
      default: try reader.skip(tag)
      }
    }
    return result
  }

  private mutating func append(exemplar message: ProtobufReader) {
    if exemplars.count < Self.exemplarCountMax { exemplars.append(message) } else { excessExemplarCount += 1 }
  }

  private mutating func append<Element>(_ element: Element, to list: WritableKeyPath<Self, [Element]>) {
    guard self[keyPath: list].count < Self.elementCountMax else {
      hasLongList = true
      return
    }
    self[keyPath: list].append(element)
  }
}
