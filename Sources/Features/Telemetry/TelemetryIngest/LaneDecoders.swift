import Base
import OTLPDecoding
import Telemetry

/// A decoder for each lane of a signal.
final class LaneDecoders<Rows: ExportedRows>: @unchecked Sendable {  // a decoder is used under its lane's lock
  private let decoders: [OTLPDecoder]

  init(laneCount: Int, limits: IngestLimits) { decoders = (0..<laneCount).map { _ in OTLPDecoder(limits: limits) } }

  func append(
    _ request: ExportRequest, to batch: SignalBatch<Rows>, lane: Int
  ) throws(DecodeError) -> DecodedRows {
    try decoders[lane].append(request, to: batch)
  }
}
