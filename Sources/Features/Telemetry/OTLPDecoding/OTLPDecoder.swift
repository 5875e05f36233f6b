import Columns
package import Base
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
  let semantics = SpanSemantics(texts: AttributeJSONTexts())
  /// The events, links and the like of the span being decoded.
  let details = SpanDetailText()
  /// Text that is put together before it joins a column.
  let scratch = GrowableBuffer<UInt8>()
  /// What of the record being decoded is cut.
  let cuts = TextCuts()
  /// Resources and scopes that come in several parts.
  let mergedMessage = GrowableBuffer<UInt8>()

  package init(limits: IngestLimits = IngestLimits()) { self.limits = limits }

  /// Appends the spans of an `ExportTraceServiceRequest`.
  package func appendTraces(
    protobuf body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, times: TimeWindow = .all,
    into batch: SpanBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe append(body, into: batch) { progress throws(ProtobufError) in
      let request = unsafe RequestContext(tenant: tenant, batchID: batchID, body: body, times: times)
      try unsafe appendSpans(of: ProtobufReader(body), request: request, into: batch, progress: &progress)
    }
  }

  /// Appends the data points of an `ExportMetricsServiceRequest`.
  package func appendMetrics(
    protobuf body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, times: TimeWindow = .all,
    into batch: MetricBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe append(body, into: batch) { progress throws(ProtobufError) in
      let request = unsafe RequestContext(tenant: tenant, batchID: batchID, body: body, times: times)
      try unsafe appendPoints(of: ProtobufReader(body), request: request, into: batch, progress: &progress)
    }
  }

  /// Appends the records of an `ExportLogsServiceRequest`.
  ///
  /// - Parameters:
  ///   - untimedID: the batch id of all records if one of them has no time. Two equal requests may both be meant then.
  ///   - receivedAt: the time of those that carry none.
  package func appendLogs(
    protobuf body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, untimedID: UInt64 = 0,
    receivedAt: UnixNanoseconds, times: TimeWindow = .all, into batch: LogBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe append(body, into: batch) { progress throws(ProtobufError) in
      let request = unsafe RequestContext(
        tenant: tenant, batchID: batchID, body: body, times: times, receivedAt: receivedAt)
      let first = batch.rowCount
      try unsafe appendRecords(of: ProtobufReader(body), request: request, into: batch, progress: &progress)
      if progress.excess == nil, progress.outcome.hasUntimedRecord {
        for row in first..<batch.rowCount { batch.rows.batchID[row] = untimedID }
      }
    }
  }

  /// Runs a decoding and undoes all of it if it fails or takes no record.
  private func append<Rows>(
    _ body: UnsafeRawBufferPointer, into batch: SignalBatch<Rows>,
    _ decode: (inout RequestProgress) throws(ProtobufError) -> Void
  ) throws(DecodeError) -> AppendOutcome {
    var progress = RequestProgress(usedBytes: batch.usedBytes)
    batch.mark(into: &marks)
    do throws(ProtobufError) {
      try decode(&progress)
    } catch {
      batch.rollback(to: marks)
      throw DecodeError(error)
    }
    if progress.excess == nil { _ = looksFine(batch, &progress) }
    if let excess = progress.excess {
      batch.rollback(to: marks)
      throw excess
    }
    if progress.outcome.accepted == 0 { batch.rollback(to: marks) }
    return progress.outcome
  }

  /// Counts a group, whose records are looked at themselves; see ``goesOn(_:_:_:)``.
  func goesOn<Rows>(_ batch: SignalBatch<Rows>, _ progress: inout RequestProgress) -> Bool {
    progress.itemCount &+= 1
    return progress.itemCount & 255 != 0 || looksFine(batch, &progress)
  }

  /// Counts a record. Every now and then, and for each that is large, the size of what was decoded is looked at.
  ///
  /// - Returns: whether to go on; if not, `progress.excess` says why.
  @inline(__always)
  func goesOn<Rows>(_ message: ProtobufReader, _ batch: SignalBatch<Rows>, _ progress: inout RequestProgress) -> Bool {
    progress.itemCount &+= 1
    if progress.itemCount & 255 != 0, message.remainingCount <= RequestProgress.smallBytesMax { return true }
    return looksFine(batch, &progress)
  }

  @inline(never)
  private func looksFine<Rows>(_ batch: SignalBatch<Rows>, _ progress: inout RequestProgress) -> Bool {
    if progress.itemCount > limits.recordCountMax {
      progress.excess = .tooLarge("it has more than \(limits.recordCountMax) records")
    } else {
      look(at: batch, &progress)
    }
    return progress.excess == nil
  }

  /// Notes whether a batch has become larger than it may.
  private func look<Rows>(at batch: SignalBatch<Rows>, _ progress: inout RequestProgress) {
    if batch.usedBytes - progress.usedBytesBefore > limits.requestBytesMax {
      progress.excess = .tooLarge("its records take more than \(limits.requestBytesMax >> 20) MiB of memory")
    } else if batch.offsetMax > limits.columnBytesMax {
      progress.excess = .batchFull
    }
  }
}

/// How far the decoding of a request is.
struct RequestProgress {
  /// Bytes of a record that may come between two looks at the size. 64 KiB: 256 of them grow to less than 200 MiB.
  static var smallBytesMax: Int { 64 << 10 }

  var outcome = AppendOutcome()
  var days = RequestDays()
  /// Records and groups so far.
  var itemCount = 0
  /// Memory of the rows that were there before.
  let usedBytesBefore: Int
  /// Why the request is refused as a whole; decoding ends with it.
  var excess: DecodeError?

  init(usedBytes: Int) { usedBytesBefore = usedBytes }
}

/// What all records of a request share.
struct RequestContext {
  let tenant: UInt32
  /// By what a retry is recognised: a hash of the body as it came, given where it came in another form than this one.
  let batchID: UInt64
  let times: TimeWindow
  let receivedAt: Int64

  init(
    tenant: TenantID, batchID: UInt64?, body: UnsafeRawBufferPointer, times: TimeWindow,
    receivedAt: UnixNanoseconds = UnixNanoseconds(0)
  ) {
    self.tenant = tenant.rawValue
    self.times = times
    self.batchID = unsafe batchID ?? ByteHash.hash(body)
    self.receivedAt = receivedAt.rawValue
  }
}
