import Base
import Columns
import Exposition
import MetricsIndex
import MetricsTables
import OTLP
import RemoteWrite
import Telemetry

/// A decoder for each lane.
final class SampleDecoders: @unchecked Sendable {  // a decoder is used under its lane's lock
  private struct Lane {
    let appender: SampleAppender
    let remoteWrite = RemoteWriteDecoder()
    let otlp: OTLPSamples
  }

  private let lanes: [Lane]

  /// - Parameter activeSeriesMax: the series of a tenant that may have samples on one day.
  init(laneCount: Int, index: SeriesIndex, activeSeriesMax: Int) {
    lanes = (0..<max(1, laneCount)).map { _ in
      let appender = SampleAppender(index: index, activeSeriesMax: activeSeriesMax)
      return Lane(appender: appender, otlp: OTLPSamples(appender: appender))
    }
  }

  /// Appends the samples of a request; nothing of it when it throws, and then its changes are ended too.
  func append(
    _ request: SampleRequest, to batch: SignalBatch<SampleBlock>, lane: Int, deltas: DeltaChanges
  ) throws(SampleDecodeError) -> DecodedRows {
    let lane = lanes[lane]
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
      }
      guard batch.offsetMax <= Int(Int32.max) else { throw .batchFull }
    } catch {
      batch.rollback(to: marks)
      deltas.end(areRowsKept: false)
      throw error
    }
    return lane.appender.rows
  }

  /// Counts the samples of a request of remote write 2.0, native histograms among them, without taking them.
  static func sampleCount(of request: SampleRequest) throws(SampleDecodeError) -> Int {
    var visitor = IgnoredSeries()
    do throws(RemoteWriteError) {
      let counts = try unsafe RemoteWriteDecoder().decode(request.body, as: .version2, into: &visitor)
      return counts.samples + counts.nativeHistograms
    } catch {
      throw .malformed("the request is not a valid \(RemoteWriteMessage.version2.rawValue): \(error)")
    }
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

private struct IgnoredSeries: RemoteWriteVisitor {
  func visit(_ series: borrowing RemoteWriteSeries) {}
  func visit(_ metadata: RemoteWriteMetadata) {}
}
