import Base
import Columns
import Exposition
import LineProtocol
import Metrics
package import MetricsIndex
package import MetricsTables
import OTLP
import RemoteWrite
import Series
import SeriesBytes
package import Telemetry

/// A decoder for each lane.
package final class SampleDecoders: @unchecked Sendable {  // a decoder is used under its lane's lock
  fileprivate struct Lane {
    let appender: SampleAppender
    let remoteWrite: RemoteWriteDecoder
    let otlp: OTLPSamples

    init(index: SeriesIndex, limits: SampleLimits, translation: OTLPTranslation) {
      appender = SampleAppender(index: index, limits: limits)
      var remoteWriteLimits = RemoteWriteLimits()
      // What is not taken is not read.
      remoteWriteLimits.exemplarsMax = limits.exemplarsPerSeriesMax
      remoteWrite = RemoteWriteDecoder(limits: remoteWriteLimits)
      otlp = OTLPSamples(appender: appender, translation)
    }
  }

  private let index: SeriesIndex
  private let limits: SampleLimits
  private let translation: OTLPTranslation
  /// Fields of line protocol that are texts, of which no sample came.
  let textFields = Counter()
  private let lanes: [Lane]

  package init(
    laneCount: Int, index: SeriesIndex, limits: SampleLimits, translation: OTLPTranslation = OTLPTranslation()
  ) {
    self.index = index
    self.limits = limits
    self.translation = translation
    lanes = (0..<max(1, laneCount)).map { _ in Lane(index: index, limits: limits, translation: translation) }
  }

  /// Appends the samples of a request; nothing of it when it throws, and then its changes are ended too.
  package func append(
    _ request: SampleRequest, to batch: SignalBatch<SampleBlock>, lane: Int, deltas: DeltaChanges
  ) throws(SampleDecodeError) -> DecodedRows {
    try append(request, to: batch, lanes[lane], deltas: deltas)
  }

  private func append(
    _ request: SampleRequest, to batch: SignalBatch<SampleBlock>, _ lane: Lane, deltas: DeltaChanges
  ) throws(SampleDecodeError) -> DecodedRows {
    var marks = SignalBatchMarks()
    batch.mark(into: &marks)
    lane.appender.begin(
      tenant: request.tenant, batchID: request.batchID, earliest: request.times.lowerBound,
      latest: request.times.upperBound)
    do throws(SampleDecodeError) {
      switch request.encoding {
      case .remoteWrite1: try append(request, as: .version1, to: batch, lane)
      case .remoteWrite2: try append(request, as: .version2, to: batch, lane)
      case .prometheusText: try append(request, as: .text, to: batch, lane)
      case .openMetricsText: try append(request, as: .openMetrics, to: batch, lane)
      case .otlpProtobuf: try append(request, as: .protobuf, to: batch, lane, deltas)
      case .otlpJSON: try append(request, as: .json, to: batch, lane, deltas)
      case .pushedJSON: try append(pushed: request, to: batch, lane)
      case .lineNanoseconds, .lineMicroseconds, .lineMilliseconds, .lineSeconds, .lineMinutes, .lineHours:
        try append(lines: request, to: batch, lane)
      }
      guard batch.offsetMax <= Int(Int32.max) else { throw .batchFull }
    } catch {
      batch.rollback(to: marks)
      deltas.end(areRowsKept: false)
      throw error
    }
    return lane.appender.rows
  }

  /// What a request of remote write that is stored already has, which is decoded apart from the lanes.
  func rows(ofRepeat request: SampleRequest) throws(SampleDecodeError) -> DecodedRows {
    // Nothing of remote write is a delta.
    let deltas = DeltaChanges(DeltaSums(seriesMax: 1), tenant: request.tenant.rawValue)
    return try append(
      request, to: SignalBatch<SampleBlock>(), Lane(index: index, limits: limits, translation: translation),
      deltas: deltas)
  }

  private func append(
    _ request: SampleRequest, as message: RemoteWriteMessage, to batch: SignalBatch<SampleBlock>, _ lane: Lane
  ) throws(SampleDecodeError) {
    var visitor = unsafe RemoteWriteSamples(body: request.body, appender: lane.appender, batch: batch)
    do throws(RemoteWriteError) {
      let counts = try unsafe lane.remoteWrite.decode(request.body, as: message, into: &visitor)
      if counts.nativeHistograms > 0 {
        lane.appender.reject(
          count: counts.nativeHistograms,
          "native histograms are not taken; have the sender keep classic buckets (always_scrape_classic_histograms)")
      }
    } catch {
      switch error.reason {
      case .tooManySeries, .tooManySamples, .tooManySymbols: throw .tooLarge("\(error)")
      case .malformed, .noEmptySymbol:
        throw .malformed("the request is not a valid \(message.rawValue): \(error)")
      }
    }
  }

  private func append(
    _ request: SampleRequest, as format: ExpositionFormat, to batch: SignalBatch<SampleBlock>, _ lane: Lane
  ) throws(SampleDecodeError) {
    var visitor = ExpositionSamples(
      time: request.receivedAt.rawValue / 1_000_000, appender: lane.appender, batch: batch)
    var parser = ExpositionParser(format)
    do throws(ExpositionError) {
      try parser.parse(unsafe Span(_unsafeBytes: request.body), into: &visitor)
    } catch {
      throw .malformed("the page cannot be read: \(error)")
    }
  }

  private func append(
    _ request: SampleRequest, as encoding: OTLPEncoding, to batch: SignalBatch<SampleBlock>, _ lane: Lane,
    _ deltas: DeltaChanges
  ) throws(SampleDecodeError) {
    try unsafe lane.otlp.append(request.body, encoding, to: OTLPSamples.Target(batch: batch, deltas: deltas))
  }
}

/// How much of what requests hold is taken.
package struct SampleLimits: Sendable {
  /// The series of a tenant that may have samples on one day.
  let activeSeriesMax: Int
  /// Exemplars of a series in one request; 0 for none.
  let exemplarsPerSeriesMax: Int

  package init(activeSeriesMax: Int, exemplarsPerSeriesMax: Int) {
    self.activeSeriesMax = activeSeriesMax
    self.exemplarsPerSeriesMax = exemplarsPerSeriesMax
  }
}

// What is pushed.
extension SampleDecoders {
  private func append(
    lines request: SampleRequest, to batch: SignalBatch<SampleBlock>, _ lane: Lane
  ) throws(SampleDecodeError) {
    var visitor = LineSamples(time: request.receivedAt.rawValue / 1_000_000, appender: lane.appender, batch: batch)
    var parser = LineProtocolParser(request.encoding.linePrecision ?? .nanoseconds)
    parser.parse(unsafe Span(_unsafeBytes: request.body), into: &visitor)
    guard !visitor.isTooLarge else {
      throw .tooLarge("the labels of its series take more than \(LineSamples.labelBytesMax >> 20) MiB")
    }
    textFields.add(visitor.textFieldCount)
  }

  private func append(
    pushed request: SampleRequest, to batch: SignalBatch<SampleBlock>, _ lane: Lane
  ) throws(SampleDecodeError) {
    let appender = lane.appender
    do throws(PushMistake) {
      unsafe try PushedSamples.read(request.body) { sample, pointer in
        append(sample, pointer, at: request.receivedAt.rawValue / 1_000_000, appender, batch)
      }
    } catch {
      throw .mistaken(error)
    }
  }

  private func append(
    _ sample: PushedSample, _ pointer: String, at now: Int64, _ appender: SampleAppender,
    _ batch: SignalBatch<SampleBlock>
  ) {
    let time: Int64
    switch sample.time {
    case nil: time = now
    case .milliseconds(let milliseconds): time = milliseconds
    case .unreadable(let text):
      appender.reject("\(pointer)/time: '\(text.prefix(40))' is not an RFC 3339 date and time of 1970 to 2262")
      return
    }
    // One text of all labels, which lives until the series has been noted.
    var text: [UInt8] = []
    var ranges: [LabelRange] = []
    func add(_ part: String) -> Range<Int> {
      let start = text.count
      text += part.utf8
      return start..<text.count
    }
    ranges.append(LabelRange(name: add(Label.metricName), value: add(sample.name)))
    for label in sample.labels { ranges.append(LabelRange(name: add(label.name), value: add(label.value))) }
    unsafe text.withUnsafeBytes { text in
      appender.labels.removeAll()
      for range in ranges {
        unsafe appender.labels.append(
          UnsafeRawBufferPointer(rebasing: text[range.name]), UnsafeRawBufferPointer(rebasing: text[range.value]))
      }
      appender.beginSeries()
      appender.append(sample.value, at: time, to: batch)
      appender.labels.removeAll()
    }
    guard sample.type != nil || sample.unit != nil || sample.help != nil else { return }
    appender.append(
      MetricMetadata(
        family: sample.name, kind: MetricMetadata.Kind(sample.type ?? .unknown), unit: sample.unit ?? "",
        help: sample.help ?? ""),
      to: batch)
  }
}
