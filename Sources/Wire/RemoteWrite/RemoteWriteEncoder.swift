import Protobuf
package import SeriesBytes

/// Writes a request of remote write, series by series.
package struct RemoteWriteEncoder: Sendable {
  package typealias Label = (name: String, value: String)

  /// An exemplar to write.
  package struct Exemplar: Sendable {
    package var labels: [Label]
    package var value: Double
    /// In milliseconds since 1970.
    package var time: Int64

    package init(labels: [Label], value: Double, time: Int64) {
      self.labels = labels
      self.value = value
      self.time = time
    }
  }

  /// What is known of a metric.
  package struct Metadata: Sendable {
    package var type: FamilyType
    package var unit: String
    package var help: String

    package init(type: FamilyType, unit: String = "", help: String = "") {
      self.type = type
      self.unit = unit
      self.help = help
    }
  }

  private let message: RemoteWriteMessage
  private var writer = ProtobufWriter(reservingCapacity: 4096)
  private var symbols: [[UInt8]] = [[]]
  /// The number of each symbol by its bytes; Swift's texts are equal in more cases.
  private var references: [[UInt8]: UInt32] = [[]: 0]

  package init(_ message: RemoteWriteMessage) { self.message = message }

  /// Bytes so far, of 2.0 without the symbols.
  package var byteCount: Int { writer.bytes.count }

  /// Adds a series.
  ///
  /// - Parameter labels: sorted by name, the metric's name among them.
  /// - Parameter metadata: written by 2.0 only; 1.0 has ``append(metadata:of:)``.
  package mutating func append(
    labels: [Label], samples: [RemoteWriteSample], exemplars: [Exemplar] = [], metadata: Metadata? = nil
  ) {
    switch message {
    case .version1: append1(labels, samples, exemplars)
    case .version2: append2(labels, samples, exemplars, metadata)
    }
  }

  /// Adds the metadata of a metric family to a request of 1.0.
  package mutating func append(metadata: Metadata, of family: String) {
    precondition(message == .version1, "metadata of 2.0 belong to their series")
    writer.message(WriteField1.metadata) { writer in
      if metadata.type != .unknown { writer.varint(WriteField1.Metadata.type, UInt64(metadata.type.rawValue)) }
      writer.string(WriteField1.Metadata.family, family)
      if !metadata.help.isEmpty { writer.string(WriteField1.Metadata.help, metadata.help) }
      if !metadata.unit.isEmpty { writer.string(WriteField1.Metadata.unit, metadata.unit) }
    }
  }

  /// The request; the encoder is then empty.
  package mutating func finish() -> [UInt8] {
    defer { self = RemoteWriteEncoder(message) }
    guard message == .version2 else { return writer.bytes }
    var request = ProtobufWriter(reservingCapacity: writer.bytes.count + symbols.count * 24)
    for symbol in symbols { request.bytes(WriteField2.symbols, symbol) }
    return request.bytes + writer.bytes
  }

  private mutating func append1(_ labels: [Label], _ samples: [RemoteWriteSample], _ exemplars: [Exemplar]) {
    writer.message(WriteField1.series) { writer in
      for label in labels { Self.write(label, WriteField1.Series.labels, to: &writer) }
      for sample in samples {
        Self.write(sample, WriteField1.Series.samples, hasStartTime: false, to: &writer)
      }
      for exemplar in exemplars {
        writer.message(WriteField1.Series.exemplars) { writer in
          for label in exemplar.labels { Self.write(label, WriteField1.Exemplar.labels, to: &writer) }
          Self.write(exemplar, value: WriteField1.Exemplar.value, time: WriteField1.Exemplar.time, to: &writer)
        }
      }
    }
  }

  private mutating func append2(
    _ labels: [Label], _ samples: [RemoteWriteSample], _ exemplars: [Exemplar], _ metadata: Metadata?
  ) {
    let labelReferences = references(of: labels)
    let exemplarReferences = exemplars.map { references(of: $0.labels) }
    let (help, unit) = (reference(of: metadata?.help ?? ""), reference(of: metadata?.unit ?? ""))
    writer.message(WriteField2.series) { writer in
      writer.packedVarint(WriteField2.Series.labelReferences, labelReferences)
      for sample in samples { Self.write(sample, WriteField2.Series.samples, hasStartTime: true, to: &writer) }
      for (exemplar, labels) in zip(exemplars, exemplarReferences) {
        writer.message(WriteField2.Series.exemplars) { writer in
          writer.packedVarint(WriteField2.Exemplar.labelReferences, labels)
          Self.write(exemplar, value: WriteField2.Exemplar.value, time: WriteField2.Exemplar.time, to: &writer)
        }
      }
      guard let metadata else { return }
      writer.message(WriteField2.Series.metadata) { writer in
        if metadata.type != .unknown { writer.varint(WriteField2.Metadata.type, UInt64(metadata.type.rawValue)) }
        if help != 0 { writer.varint(WriteField2.Metadata.help, help) }
        if unit != 0 { writer.varint(WriteField2.Metadata.unit, unit) }
      }
    }
  }

  private mutating func references(of labels: [Label]) -> [UInt64] {
    labels.flatMap { [reference(of: $0.name), reference(of: $0.value)] }
  }

  private mutating func reference(of text: String) -> UInt64 {
    let bytes = Array(text.utf8)
    if let known = references[bytes] { return UInt64(known) }
    let number = UInt32(symbols.count)
    symbols.append(bytes)
    references[bytes] = number
    return UInt64(number)
  }

  private static func write(_ label: Label, _ field: UInt32, to writer: inout ProtobufWriter) {
    writer.message(field) { writer in
      writer.string(WriteField1.Label.name, label.name)
      writer.string(WriteField1.Label.value, label.value)
    }
  }

  private static func write(
    _ sample: RemoteWriteSample, _ field: UInt32, hasStartTime: Bool, to writer: inout ProtobufWriter
  ) {
    writer.message(field) { writer in
      // Minus zero is not the default.
      if sample.value.bitPattern != 0 { writer.double(WriteSampleField.value, sample.value) }
      if sample.time != 0 { writer.varint(WriteSampleField.time, UInt64(bitPattern: sample.time)) }
      if hasStartTime, sample.startTime != 0 {
        writer.varint(WriteSampleField.startTime, UInt64(bitPattern: sample.startTime))
      }
    }
  }

  private static func write(_ exemplar: Exemplar, value: UInt32, time: UInt32, to writer: inout ProtobufWriter) {
    if exemplar.value.bitPattern != 0 { writer.double(value, exemplar.value) }
    if exemplar.time != 0 { writer.varint(time, UInt64(bitPattern: exemplar.time)) }
  }
}
