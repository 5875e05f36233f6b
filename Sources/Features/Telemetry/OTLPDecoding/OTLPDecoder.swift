import Base
import Columns
import JSON
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

  /// Appends the records of an export request: all that are valid, or none if it throws.
  package func append<Rows: ExportedRows>(
    _ request: ExportRequest, to batch: SignalBatch<Rows>
  ) throws(DecodeError) -> DecodedRows {
    try Rows.append(request, to: batch, with: self)
  }

  /// Appends the records of a request and undoes all of it if it fails or takes no record.
  func append<Records: RecordDecoding & ~Copyable>(
    _ request: ExportRequest, as _: Records.Type, to batch: SignalBatch<Records.Rows>
  ) throws(DecodeError) -> DecodedRows where Records.Rows: ExportedRows {
    var progress = RequestProgress(usedBytes: batch.usedBytes)
    batch.mark(into: &marks)
    let first = batch.rowCount
    do throws(DecodeError) {
      try unsafe withProtobuf(of: request, Records.Rows.signal) { body throws(ProtobufError) in
        try unsafe appendRecords(
          Records.self, of: ProtobufReader(body), request: RequestContext(request), into: batch, progress: &progress)
      }
      if progress.excess == nil { _ = isWithinLimits(batch, &progress) }
      if let excess = progress.excess { throw excess }
    } catch {
      batch.rollback(to: marks)
      throw error
    }
    if progress.decoded.accepted == 0 { batch.rollback(to: marks) }
    if !progress.decoded.isRecognisable {
      progress.decoded.rowsBatchID = request.untimedID
      for row in first..<batch.rowCount { batch.rows.batchID[row] = request.untimedID }
    }
    return progress.decoded
  }

  /// Calls a function with the body of a request in protobuf.
  private func withProtobuf(
    of request: ExportRequest, _ signal: OTLPSignal,
    _ body: (UnsafeRawBufferPointer) throws(ProtobufError) -> Void
  ) throws(DecodeError) {
    switch request.encoding {
    case .protobuf:
      do throws(ProtobufError) { try unsafe body(request.body) } catch { throw DecodeError(error) }
    case .json:
      var writer = ProtobufWriter(reservingCapacity: unsafe request.body.count)
      do throws(JSONError) {
        // The transport has bounded the body already.
        try unsafe OTLPJSON.transcode(signal, json: request.body, bytesMax: .max, to: &writer)
      } catch {
        throw DecodeError(error)
      }
      let result: Result<Void, ProtobufError> = unsafe writer.bytes.withUnsafeBytes { bytes in
        do throws(ProtobufError) { return .success(try unsafe body(bytes)) } catch { return .failure(error) }
      }
      do throws(ProtobufError) { try result.get() } catch { throw DecodeError(error) }
    }
  }

  /// Counts a group, whose records are checked themselves; see ``mayContinue(_:_:_:)``.
  func mayContinue<Rows>(_ batch: SignalBatch<Rows>, _ progress: inout RequestProgress) -> Bool {
    progress.itemCount &+= 1
    return progress.itemCount & 255 != 0 || isWithinLimits(batch, &progress)
  }

  /// Counts a record.
  ///
  /// For each 256th, and for each that is large, the size of what was decoded is checked.
  ///
  /// - Returns: whether to go on; if not, `progress.excess` says why.
  @inline(__always)
  func mayContinue<Rows>(_ message: ProtobufReader, _ batch: SignalBatch<Rows>, _ progress: inout RequestProgress)
    -> Bool
  {
    progress.itemCount &+= 1
    if progress.itemCount & 255 != 0, message.remainingCount <= RequestProgress.smallBytesMax { return true }
    return isWithinLimits(batch, &progress)
  }

  @inline(never)
  private func isWithinLimits<Rows>(_ batch: SignalBatch<Rows>, _ progress: inout RequestProgress) -> Bool {
    if progress.itemCount > limits.recordCountMax {
      progress.excess = .tooLarge("it has more than \(limits.recordCountMax) records")
    } else {
      checkSize(of: batch, &progress)
    }
    return progress.excess == nil
  }

  /// Checks whether a batch has become larger than it may.
  private func checkSize<Rows>(of batch: SignalBatch<Rows>, _ progress: inout RequestProgress) {
    if batch.usedBytes - progress.usedBytesBefore > limits.requestBytesMax {
      progress.excess = .tooLarge(
        "its records take more than \(ByteCountText.format(limits.requestBytesMax)) of memory")
    } else if batch.offsetMax > limits.columnBytesMax {
      progress.excess = .batchFull
    }
  }
}

/// How far the decoding of a request is.
struct RequestProgress {
  /// Bytes of a record that may come between two looks at the size.
  ///
  /// 64 KiB: 256 of them grow to less than 200 MiB.
  static var smallBytesMax: Int { 64 << 10 }

  var decoded = DecodedRows()
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
  let batchID: UInt64
  let times: TimeWindow
  let receivedAt: Int64

  init(_ request: ExportRequest) {
    tenant = request.tenant.rawValue
    batchID = request.batchID
    times = request.times
    receivedAt = request.receivedAt.rawValue
  }
}
