import Columns
package import Ground
import OTLP
import Protobuf
package import Telemetry

/// Decodes OTLP export requests straight into the columns of a batch.
///
/// A malformed message appends nothing. A single invalid record is rejected with a reason and the others are taken.
/// Text that is not UTF-8 is repaired: each ill-formed part becomes U+FFFD, so a client's encoding mistake costs
/// neither its record nor its neighbours. A decoder serves one thread at a time, best one for each event loop.
@safe
package final class OTLPDecoder {
  let limits: IngestLimits
  private var marks = SignalBatchMarks()
  /// What the attributes of the span being decoded mean.
  let meaning = SpanMeaning()
  /// The events, links and the like of the span being decoded.
  let details = SpanDetailText()
  /// Text that is put together before it joins a column.
  let scratch = GrowableBuffer<UInt8>()
  /// Resources and scopes that come in several parts.
  let mergedMessage = GrowableBuffer<UInt8>()

  package init(limits: IngestLimits = IngestLimits()) { self.limits = limits }

  /// Appends the spans of an `ExportTraceServiceRequest`.
  package func appendTraces(
    protobuf body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, into batch: SpanBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe append(body, into: batch) { outcome throws(ProtobufError) in
      let request = unsafe RequestContext(tenant: tenant, batchID: batchID, body: body)
      try unsafe appendSpans(of: ProtobufReader(body), request: request, into: batch, outcome: &outcome)
    }
  }

  /// Appends the data points of an `ExportMetricsServiceRequest`.
  package func appendMetrics(
    protobuf body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, into batch: MetricBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe append(body, into: batch) { outcome throws(ProtobufError) in
      let request = unsafe RequestContext(tenant: tenant, batchID: batchID, body: body)
      try unsafe appendPoints(of: ProtobufReader(body), request: request, into: batch, outcome: &outcome)
    }
  }

  /// Appends the records of an `ExportLogsServiceRequest`. `receivedAt` is the time of those that carry none.
  package func appendLogs(
    protobuf body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, receivedAt: UnixNanoseconds,
    into batch: LogBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe append(body, into: batch) { outcome throws(ProtobufError) in
      let request = unsafe RequestContext(tenant: tenant, batchID: batchID, body: body, receivedAt: receivedAt)
      let first = batch.rowCount
      try unsafe appendRecords(of: ProtobufReader(body), request: request, into: batch, outcome: &outcome)
      if outcome.hasUntimedRecord { for row in first..<batch.rowCount { batch.rows.batchID[row] = 0 } }
    }
  }

  /// Runs a decoding and undoes all of it if it fails or takes no record.
  private func append<Rows>(
    _ body: UnsafeRawBufferPointer, into batch: SignalBatch<Rows>,
    _ decode: (inout AppendOutcome) throws(ProtobufError) -> Void
  ) throws(DecodeError) -> AppendOutcome {
    var outcome = AppendOutcome()
    batch.mark(into: &marks)
    do throws(ProtobufError) {
      try decode(&outcome)
    } catch {
      batch.rollback(to: marks)
      throw DecodeError(error)
    }
    guard batch.offsetMax <= limits.columnBytesMax else {
      batch.rollback(to: marks)
      throw .batchFull
    }
    if outcome.accepted == 0 { batch.rollback(to: marks) }
    return outcome
  }
}

/// What all records of a request share.
struct RequestContext {
  let tenant: UInt32
  /// By what a retry is recognised: a hash of the body as it came, given where it came in another form than this one.
  let batchID: UInt64
  let receivedAt: Int64

  init(
    tenant: TenantID, batchID: UInt64?, body: UnsafeRawBufferPointer, receivedAt: UnixNanoseconds = UnixNanoseconds(0)
  ) {
    self.tenant = tenant.rawValue
    self.batchID = unsafe batchID ?? ByteHash.hash(body)
    self.receivedAt = receivedAt.rawValue
  }
}
