package import Base
import Columns
package import OTLP
package import Telemetry

/// An export request whose records are to be appended to a batch.
///
/// The body belongs to the caller, who keeps it while the request is decoded.
@safe
package struct ExportRequest {
  package let body: UnsafeRawBufferPointer
  package let encoding: OTLPEncoding
  package let tenant: TenantID
  /// By what a retry is recognised.
  package let batchID: UInt64
  /// The batch id of its rows if one of its log records has no time: two equal requests may both be meant then.
  package let untimedID: UInt64
  /// The time of log records that carry none.
  package let receivedAt: UnixNanoseconds
  /// The times that its records may have.
  package let times: TimeWindow

  /// - Parameters:
  ///   - batchID: a hash of the body by default.
  ///   - times: any by default.
  package init(
    _ body: UnsafeRawBufferPointer, _ encoding: OTLPEncoding = .protobuf, tenant: TenantID, batchID: UInt64? = nil,
    untimedID: UInt64 = 0, receivedAt: UnixNanoseconds = UnixNanoseconds(0), times: TimeWindow = .all
  ) {
    unsafe self.body = body
    self.encoding = encoding
    self.tenant = tenant
    self.batchID = unsafe batchID ?? ByteHash.hash(body)
    self.untimedID = untimedID
    self.receivedAt = receivedAt
    self.times = times
  }
}

/// Rows that the records of a signal become.
package protocol ExportedRows: ArrivingRows where References == TelemetryReferences {
  static var signal: OTLPSignal { get }

  /// Appends the records of a request; see ``OTLPDecoder/append(_:to:)``.
  static func append(
    _ request: ExportRequest, to batch: SignalBatch<Self>, with decoder: OTLPDecoder
  ) throws(DecodeError) -> DecodedRows
}

extension SpanBlock: ExportedRows {
  package static var signal: OTLPSignal { .traces }

  package static func append(
    _ request: ExportRequest, to batch: SpanBatch, with decoder: OTLPDecoder
  ) throws(DecodeError) -> DecodedRows {
    try decoder.append(request, as: SpanRecords.self, to: batch)
  }
}

extension LogBlock: ExportedRows {
  package static var signal: OTLPSignal { .logs }

  package static func append(
    _ request: ExportRequest, to batch: LogBatch, with decoder: OTLPDecoder
  ) throws(DecodeError) -> DecodedRows {
    try decoder.append(request, as: LogRecords.self, to: batch)
  }
}
