import Base
import Protobuf
import SeriesBytes

extension RemoteWriteDecoder {
  // MARK: 1.0

  func readSeries1(_ message: ProtobufReader, in body: UnsafeRawBufferPointer) throws(ProtobufError) {
    var reader = message
    series.reset(offset: reader.offset)
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(WriteField1.Series.labels):
        let label = try readLabel(try reader.readMessage())
        if series.labels.count < limits.labelsMax {
          series.labels.append(label)
        } else {
          series.note(.tooManyLabels(limit: limits.labelsMax))
        }
      case ProtobufTag.bytes(WriteField1.Series.samples): try readSample(try reader.readMessage())
      case ProtobufTag.bytes(WriteField1.Series.exemplars):
        try unsafe readExemplar1(try reader.readMessage(), in: body)
      case ProtobufTag.bytes(WriteField1.Series.histograms):
        try reader.skip(tag)
        series.nativeHistogramCount += 1
      default: try reader.skip(tag)
      }
    }
    if let fault = unsafe check(&series.labels, in: body) { series.note(fault) }
  }

  private func readLabel(_ message: ProtobufReader) throws(ProtobufError) -> LabelRange {
    var reader = message
    var label = LabelRange(name: 0..<0, value: 0..<0)
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(WriteField1.Label.name): label.name = try readRange(&reader)
      case ProtobufTag.bytes(WriteField1.Label.value): label.value = try readRange(&reader)
      default: try reader.skip(tag)
      }
    }
    return label
  }

  private func readExemplar1(_ message: ProtobufReader, in body: UnsafeRawBufferPointer) throws(ProtobufError) {
    guard beginExemplar() else { return }
    var reader = message
    var (value, time, fault) = (0.0, Int64(0), RemoteWriteFault?.none)
    let start = series.exemplarLabels.count
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(WriteField1.Exemplar.labels):
        let label = try readLabel(try reader.readMessage())
        if series.exemplarLabels.count - start < limits.labelsMax {
          series.exemplarLabels.append(label)
        } else {
          fault = .tooManyLabels(limit: limits.labelsMax)
        }
      case ProtobufTag.fixed64(WriteField1.Exemplar.value): value = try reader.readDouble()
      case ProtobufTag.varint(WriteField1.Exemplar.time): time = Int64(bitPattern: try reader.readVarint())
      default: try reader.skip(tag)
      }
    }
    unsafe endExemplar(fault, value: value, time: time, labelsFrom: start, in: body)
  }

  func visitMetadata1(
    _ message: ProtobufReader, in body: UnsafeRawBufferPointer, _ visitor: inout some RemoteWriteVisitor
  ) throws(ProtobufError) {
    var reader = message
    var metadata = RemoteWriteMetadata()
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(WriteField1.Metadata.type): metadata.type = type(try reader.readVarint())
      case ProtobufTag.bytes(WriteField1.Metadata.family): metadata.family = try readRange(&reader)
      case ProtobufTag.bytes(WriteField1.Metadata.help): metadata.help = unsafe cut(try readRange(&reader), in: body)
      case ProtobufTag.bytes(WriteField1.Metadata.unit): metadata.unit = unsafe cut(try readRange(&reader), in: body)
      default: try reader.skip(tag)
      }
    }
    let family = metadata.family
    guard !family.isEmpty, family.count <= limits.labelValueBytesMax, unsafe isUTF8(family, in: body) else {
      counts.refusedMetadata += 1
      return
    }
    visitor.visit(metadata)
  }

  // MARK: 2.0

  func readSeries2(_ message: ProtobufReader, in body: UnsafeRawBufferPointer) throws(ProtobufError) {
    var reader = message
    series.reset(offset: reader.offset)
    var references = References()
    var createdTime: Int64 = 0
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(WriteField2.Series.labelReferences):
        try references.read(packed: try reader.readMessage(), symbols, limits.labelsMax, into: &series.labels)
      case ProtobufTag.varint(WriteField2.Series.labelReferences):
        references.add(try reader.readUInt32(), symbols, limits.labelsMax, into: &series.labels)
      case ProtobufTag.bytes(WriteField2.Series.samples): try readSample(try reader.readMessage())
      case ProtobufTag.bytes(WriteField2.Series.exemplars):
        try unsafe readExemplar2(try reader.readMessage(), in: body)
      case ProtobufTag.bytes(WriteField2.Series.histograms):
        try reader.skip(tag)
        series.nativeHistogramCount += 1
      case ProtobufTag.bytes(WriteField2.Series.metadata):
        series.metadata = try unsafe readMetadata2(try reader.readMessage(), in: body)
      case ProtobufTag.varint(WriteField2.Series.createdTime):
        createdTime = Int64(bitPattern: try reader.readVarint())
      default: try reader.skip(tag)
      }
    }
    for index in series.samples.indices where series.samples[index].startTime == 0 {
      series.samples[index].startTime = createdTime
    }
    if let fault = unsafe references.fault ?? check(&series.labels, in: body) { series.note(fault) }
    if series.samples.isEmpty, series.nativeHistogramCount == 0 { series.note(.noSamples) }
    if !series.samples.isEmpty, series.nativeHistogramCount > 0 { series.note(.samplesAndHistograms) }
  }

  /// References to symbols, of which two are a label.
  private struct References {
    private var name: Range<Int>?
    private var firstFault: RemoteWriteFault?

    var fault: RemoteWriteFault? { firstFault ?? (name == nil ? nil : .oddReferences) }

    mutating func read(
      packed message: ProtobufReader, _ symbols: [Symbol], _ labelsMax: Int, into labels: inout [LabelRange]
    ) throws(ProtobufError) {
      var reader = message
      while !reader.isAtEnd { add(try reader.readUInt32(), symbols, labelsMax, into: &labels) }
    }

    mutating func add(_ reference: UInt32, _ symbols: [Symbol], _ labelsMax: Int, into labels: inout [LabelRange]) {
      guard firstFault == nil else { return }
      guard Int(reference) < symbols.count else {
        firstFault = .unknownSymbol(reference)
        return
      }
      let text = symbols[Int(reference)].range
      guard let name else {
        name = text
        return
      }
      self.name = nil
      if labels.count < labelsMax {
        labels.append(LabelRange(name: name, value: text))
      } else {
        firstFault = .tooManyLabels(limit: labelsMax)
      }
    }
  }

  private func readExemplar2(_ message: ProtobufReader, in body: UnsafeRawBufferPointer) throws(ProtobufError) {
    guard beginExemplar() else { return }
    var reader = message
    var (value, time) = (0.0, Int64(0))
    var references = References()
    let start = series.exemplarLabels.count
    let countMax = start + limits.labelsMax
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(WriteField2.Exemplar.labelReferences):
        try references.read(packed: try reader.readMessage(), symbols, countMax, into: &series.exemplarLabels)
      case ProtobufTag.varint(WriteField2.Exemplar.labelReferences):
        references.add(try reader.readUInt32(), symbols, countMax, into: &series.exemplarLabels)
      case ProtobufTag.fixed64(WriteField2.Exemplar.value): value = try reader.readDouble()
      case ProtobufTag.varint(WriteField2.Exemplar.time): time = Int64(bitPattern: try reader.readVarint())
      default: try reader.skip(tag)
      }
    }
    unsafe endExemplar(references.fault, value: value, time: time, labelsFrom: start, in: body)
  }

  private func readMetadata2(
    _ message: ProtobufReader, in body: UnsafeRawBufferPointer
  ) throws(ProtobufError) -> RemoteWriteMetadata {
    var reader = message
    var metadata = RemoteWriteMetadata()
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(WriteField2.Metadata.type): metadata.type = type(try reader.readVarint())
      case ProtobufTag.varint(WriteField2.Metadata.help):
        metadata.help = unsafe text(try reader.readUInt32(), in: body)
      case ProtobufTag.varint(WriteField2.Metadata.unit):
        metadata.unit = unsafe text(try reader.readUInt32(), in: body)
      default: try reader.skip(tag)
      }
    }
    return metadata
  }

  /// The text that metadata refer to.
  ///
  /// A reference to nothing is a mistake of the series.
  private func text(_ reference: UInt32, in body: UnsafeRawBufferPointer) -> Range<Int> {
    guard Int(reference) < symbols.count else {
      series.note(.unknownSymbol(reference))
      return 0..<0
    }
    return unsafe cut(symbols[Int(reference)].range, in: body)
  }

  // MARK: Texts

  private func type(_ number: UInt64) -> FamilyType {
    UInt8(exactly: number).flatMap(FamilyType.init(rawValue:)) ?? .unknown
  }

  private func cut(_ range: Range<Int>, in body: UnsafeRawBufferPointer) -> Range<Int> {
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: body[range])
    let kept = unsafe UTF8Text.prefix(bytes, bytesMax: limits.metadataBytesMax)
    return range.lowerBound..<range.lowerBound + kept.count
  }

  func isUTF8(_ range: Range<Int>, in body: UnsafeRawBufferPointer) -> Bool {
    unsafe UTF8Text.firstInvalidOffset(UnsafeRawBufferPointer(rebasing: body[range])) == nil
  }
}
