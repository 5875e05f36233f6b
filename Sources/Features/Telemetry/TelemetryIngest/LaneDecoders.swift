import OTLPDecoding
import Telemetry

/// A decoder for each signal and lane.
final class LaneDecoders: @unchecked Sendable {  // a decoder is used under the lock of its signal's lane
  private let decoders: [[OTLPDecoder]]
  let count: Int

  init(laneCount: Int, limits: IngestLimits) {
    count = laneCount
    decoders = ExportSignal.allCases.map { _ in (0..<laneCount).map { _ in OTLPDecoder(limits: limits) } }
  }

  func appendSpans(
    _ request: ArrivedRequest, to batch: SpanBatch, lane: Int
  ) throws(DecodeError) -> AppendOutcome {
    let decoder = decoders[0][lane]
    return switch request.encoding {
    case .protobuf:
      try unsafe decoder.appendTraces(
        protobuf: request.body, tenant: request.tenant, batchID: request.batchID, times: request.times, into: batch)
    case .json:
      try unsafe decoder.appendTraces(
        json: request.body, tenant: request.tenant, batchID: request.batchID, times: request.times, into: batch)
    }
  }

  func appendPoints(
    _ request: ArrivedRequest, to batch: MetricBatch, lane: Int
  ) throws(DecodeError) -> AppendOutcome {
    let decoder = decoders[1][lane]
    return switch request.encoding {
    case .protobuf:
      try unsafe decoder.appendMetrics(
        protobuf: request.body, tenant: request.tenant, batchID: request.batchID, times: request.times, into: batch)
    case .json:
      try unsafe decoder.appendMetrics(
        json: request.body, tenant: request.tenant, batchID: request.batchID, times: request.times, into: batch)
    }
  }

  func appendRecords(
    _ request: ArrivedRequest, to batch: LogBatch, lane: Int
  ) throws(DecodeError) -> AppendOutcome {
    let decoder = decoders[2][lane]
    return switch request.encoding {
    case .protobuf:
      try unsafe decoder.appendLogs(
        protobuf: request.body, tenant: request.tenant, batchID: request.batchID, untimedID: request.untimedID,
        receivedAt: request.receivedAt, times: request.times, into: batch)
    case .json:
      try unsafe decoder.appendLogs(
        json: request.body, tenant: request.tenant, batchID: request.batchID, untimedID: request.untimedID,
        receivedAt: request.receivedAt, times: request.times, into: batch)
    }
  }
}
