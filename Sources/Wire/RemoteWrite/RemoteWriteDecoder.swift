import Protobuf
import SeriesBytes

/// Decodes requests of remote write into series that it keeps the memory of, so that nothing is allocated per sample.
///
/// Not safe to use from two threads at once.
package final class RemoteWriteDecoder {
  let limits: RemoteWriteLimits
  var series = RemoteWriteSeries()
  var counts = RemoteWriteCounts()
  /// Where the texts of a request of 2.0 lie.
  var symbols: [Symbol] = []

  struct Symbol {
    let start: UInt32
    let count: UInt32

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
  }

  package init(limits: RemoteWriteLimits = RemoteWriteLimits()) { self.limits = limits }

  /// Hands what a request holds to a visitor.
  ///
  /// A mistake in one series is noted in it. Where the message is broken or exceeds a limit, what came before has been
  /// handed over.
  /// - Parameter body: the decompressed message, less than 4 GiB.
  package func decode(
    _ body: UnsafeRawBufferPointer, as message: RemoteWriteMessage, into visitor: inout some RemoteWriteVisitor
  ) throws(RemoteWriteError) -> RemoteWriteCounts {
    precondition(body.count <= Int(UInt32.max), "a message of \(body.count) bytes")
    defer { releaseMemory() }
    counts = RemoteWriteCounts()
    switch message {
    case .version1: try unsafe decode1(body, into: &visitor)
    case .version2: try unsafe decode2(body, into: &visitor)
    }
    return counts
  }

  private func decode1(
    _ body: UnsafeRawBufferPointer, into visitor: inout some RemoteWriteVisitor
  ) throws(RemoteWriteError) {
    var reader = unsafe ProtobufReader(body)
    while case let tag = try nextTag(&reader), tag != 0 {
      let offset = reader.offset
      do throws(ProtobufError) {
        switch tag {
        case ProtobufTag.bytes(WriteField1.series):
          try unsafe readSeries1(try reader.readMessage(), in: body)
        case ProtobufTag.bytes(WriteField1.metadata):
          try unsafe visitMetadata1(try reader.readMessage(), in: body, &visitor)
          continue
        default:
          try reader.skip(tag)
          continue
        }
      } catch {
        throw RemoteWriteError(error)
      }
      try handOver(offset, to: &visitor)
    }
  }

  private func decode2(
    _ body: UnsafeRawBufferPointer, into visitor: inout some RemoteWriteVisitor
  ) throws(RemoteWriteError) {
    try unsafe readSymbols(body)
    var reader = unsafe ProtobufReader(body)
    while case let tag = try nextTag(&reader), tag != 0 {
      let offset = reader.offset
      do throws(ProtobufError) {
        guard tag == ProtobufTag.bytes(WriteField2.series) else {
          try reader.skip(tag)
          continue
        }
        try unsafe readSeries2(try reader.readMessage(), in: body)
      } catch {
        throw RemoteWriteError(error)
      }
      try handOver(offset, to: &visitor)
    }
  }

  /// Passes the series on, where the request is within its limits with it.
  private func handOver(_ offset: Int, to visitor: inout some RemoteWriteVisitor) throws(RemoteWriteError) {
    counts.series += 1
    counts.nativeHistograms += series.nativeHistogramCount
    counts.exemplars += series.exemplars.count
    guard counts.series <= limits.seriesMax else {
      throw RemoteWriteError(.tooManySeries(limit: limits.seriesMax), offset: offset)
    }
    guard counts.samples + counts.nativeHistograms <= limits.samplesMax else {
      throw RemoteWriteError(.tooManySamples(limit: limits.samplesMax), offset: offset)
    }
    visitor.visit(series)
  }

  private func nextTag(_ reader: inout ProtobufReader) throws(RemoteWriteError) -> UInt32 {
    do throws(ProtobufError) { return try reader.nextTag() } catch { throw RemoteWriteError(error) }
  }

  /// Finds all symbols first: nothing says that they stand before the series.
  private func readSymbols(_ body: UnsafeRawBufferPointer) throws(RemoteWriteError) {
    symbols.removeAll(keepingCapacity: true)
    var reader = unsafe ProtobufReader(body)
    while case let tag = try nextTag(&reader), tag != 0 {
      let offset = reader.offset
      do throws(ProtobufError) {
        guard tag == ProtobufTag.bytes(WriteField2.symbols) else {
          try reader.skip(tag)
          continue
        }
        let count = unsafe try reader.readBytes().count
        symbols.append(Symbol(start: UInt32(reader.offset - count), count: UInt32(count)))
      } catch {
        throw RemoteWriteError(error)
      }
      guard symbols.count <= limits.symbolsMax else {
        throw RemoteWriteError(.tooManySymbols(limit: limits.symbolsMax), offset: offset)
      }
      if symbols.count == 1, symbols[0].count != 0 { throw RemoteWriteError(.noEmptySymbol, offset: offset) }
    }
    // A request without symbols can have no labels, which is a mistake of its series; an empty one has nothing to say.
  }

  /// Gives back what one huge request took.
  private func releaseMemory() {
    if symbols.capacity > Self.keptMax { symbols = [] }
    if series.samples.capacity > Self.keptMax { series = RemoteWriteSeries() }
  }

  /// Symbols or samples whose memory is kept for the next request; 65,536, at most 2 MB.
  private static let keptMax = 1 << 16

  // MARK: Parts

  func readSample(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    var sample = RemoteWriteSample(value: 0, time: 0)
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.fixed64(WriteSampleField.value): sample.value = try reader.readDouble()
      case ProtobufTag.varint(WriteSampleField.time): sample.time = Int64(bitPattern: try reader.readVarint())
      case ProtobufTag.varint(WriteSampleField.startTime):
        sample.startTime = Int64(bitPattern: try reader.readVarint())
      default: try reader.skip(tag)
      }
    }
    counts.samples += 1
    // Beyond the limit the request is refused; until its series ends nothing is kept.
    if counts.samples <= limits.samplesMax { series.samples.append(sample) }
  }

  /// Where the bytes of a field lie.
  func readRange(_ reader: inout ProtobufReader) throws(ProtobufError) -> Range<Int> {
    let count = unsafe try reader.readBytes().count
    return reader.offset - count..<reader.offset
  }

  /// Begins to read the labels of an exemplar; false where the series has as many as it may.
  func beginExemplar() -> Bool {
    if series.exemplars.count < limits.exemplarsMax { return true }
    series.refusedExemplarCount += 1
    return false
  }

  /// Ends an exemplar whose labels are those from `start` on; one with a mistake is only counted.
  func endExemplar(
    _ fault: RemoteWriteFault?, value: Double, time: Int64, labelsFrom start: Int, in body: UnsafeRawBufferPointer
  ) {
    var labels = Array(series.exemplarLabels[start...])
    series.exemplarLabels.removeSubrange(start...)
    let found = unsafe fault ?? check(&labels, in: body)
    guard found == nil || found == .unsortedLabels || found == .noLabels else {
      series.refusedExemplarCount += 1
      return
    }
    series.exemplarLabels += labels
    series.exemplars.append(
      RemoteWriteExemplar(value: value, time: time, labels: start..<series.exemplarLabels.count))
  }

  /// Sorts labels and finds the first mistake in them.
  func check(_ labels: inout [LabelRange], in body: UnsafeRawBufferPointer) -> RemoteWriteFault? {
    if labels.isEmpty { return .noLabels }
    for label in labels {
      if label.name.isEmpty { return .emptyLabelName }
      if label.value.isEmpty { return .emptyLabelValue }
      if label.name.count > limits.labelNameBytesMax { return .labelNameTooLong(limit: limits.labelNameBytesMax) }
      if label.value.count > limits.labelValueBytesMax { return .labelValueTooLong(limit: limits.labelValueBytesMax) }
      guard unsafe isUTF8(label.name, in: body), unsafe isUTF8(label.value, in: body) else { return .invalidUTF8 }
    }
    return switch unsafe LabelOrder.sort(&labels, in: body) {
    case .sorted: nil
    case .unsorted: .unsortedLabels
    case .duplicate: .duplicateLabel
    }
  }
}
