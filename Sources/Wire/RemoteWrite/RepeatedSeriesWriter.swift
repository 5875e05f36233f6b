import Protobuf

/// Writes requests of remote write 1.0 with series that come again and again, as those of a machine do.
///
/// The labels of each series are encoded once; a sample of a known series costs no allocation.
package struct RepeatedSeriesWriter: Sendable {
  /// The field of the series with its encoded labels, by the caller's number; empty for one that is new.
  private var labels: [[UInt8]] = []
  private var request: [UInt8] = []

  package init() {}

  /// Samples so far.
  package private(set) var sampleCount = 0

  /// Forgets the series: their numbers mean others from now on.
  package mutating func forgetSeries() { labels.removeAll() }

  /// Whether the labels of a series are not known yet.
  package func isNew(_ series: Int) -> Bool { series >= labels.count || labels[series].isEmpty }

  /// Takes the labels of a new series, sorted by name, the metric's name among them.
  package mutating func add(_ series: Int, labels: [RemoteWriteEncoder.Label]) {
    var writer = ProtobufWriter()
    for label in labels {
      writer.message(WriteField1.Series.labels) { writer in
        writer.string(WriteField1.Label.name, label.name)
        writer.string(WriteField1.Label.value, label.value)
      }
    }
    while self.labels.count <= series { self.labels.append([]) }
    self.labels[series] = writer.bytes
  }

  /// Adds a sample of a series whose labels are known.
  ///
  /// - Parameter time: in milliseconds since 1970.
  package mutating func append(_ series: Int, _ value: Double, at time: Int64) {
    let timeBits = UInt64(bitPattern: time)
    // A tag and 8 bytes of value, a tag and the time.
    let sampleByteCount = 1 + 8 + 1 + Self.byteCount(timeBits)
    append(tag: WriteField1.series, wireType: 2)
    append(varint: UInt64(labels[series].count + 1 + Self.byteCount(UInt64(sampleByteCount)) + sampleByteCount))
    request += labels[series]
    append(tag: WriteField1.Series.samples, wireType: 2)
    append(varint: UInt64(sampleByteCount))
    append(tag: WriteSampleField.value, wireType: 1)
    var bits = value.bitPattern
    for _ in 0..<8 {
      request.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
    }
    append(tag: WriteSampleField.time, wireType: 0)
    append(varint: timeBits)
    sampleCount += 1
  }

  /// The request, empty where nothing was added; the writer then begins the next one.
  package mutating func finish() -> [UInt8] {
    defer {
      request.removeAll(keepingCapacity: true)
      sampleCount = 0
    }
    return request
  }

  private mutating func append(tag field: UInt32, wireType: UInt8) { request.append(UInt8(field) << 3 | wireType) }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      request.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    request.append(UInt8(rest))
  }

  /// The bytes of a varint.
  private static func byteCount(_ value: UInt64) -> Int { max(1, (64 - value.leadingZeroBitCount + 6) / 7) }
}
