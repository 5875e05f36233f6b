import Columns
package import Base
import JSON
import OTLP
import Protobuf
package import Telemetry

extension OTLPDecoder {
  /// Appends the spans of an `ExportTraceServiceRequest` in OTLP/JSON.
  package func appendTraces(
    json body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, times: TimeWindow = .all,
    into batch: SpanBatch
  ) throws(DecodeError) -> AppendOutcome {
    let batchID = unsafe batchID ?? ByteHash.hash(body)
    return try unsafe transcoded(.traces, body) { bytes throws(DecodeError) in
      try unsafe appendTraces(protobuf: bytes, tenant: tenant, batchID: batchID, times: times, into: batch)
    }
  }

  /// Appends the data points of an `ExportMetricsServiceRequest` in OTLP/JSON.
  package func appendMetrics(
    json body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, times: TimeWindow = .all,
    into batch: MetricBatch
  ) throws(DecodeError) -> AppendOutcome {
    let batchID = unsafe batchID ?? ByteHash.hash(body)
    return try unsafe transcoded(.metrics, body) { bytes throws(DecodeError) in
      try unsafe appendMetrics(protobuf: bytes, tenant: tenant, batchID: batchID, times: times, into: batch)
    }
  }

  /// Appends the records of an `ExportLogsServiceRequest` in OTLP/JSON.
  package func appendLogs(
    json body: UnsafeRawBufferPointer, tenant: TenantID, batchID: UInt64? = nil, untimedID: UInt64 = 0,
    receivedAt: UnixNanoseconds, times: TimeWindow = .all, into batch: LogBatch
  ) throws(DecodeError) -> AppendOutcome {
    let batchID = unsafe batchID ?? ByteHash.hash(body)
    return try unsafe transcoded(.logs, body) { bytes throws(DecodeError) in
      try unsafe appendLogs(
        protobuf: bytes, tenant: tenant, batchID: batchID, untimedID: untimedID, receivedAt: receivedAt, times: times,
        into: batch)
    }
  }

  /// Decodes the protobuf form of a JSON request. The batch id is that of the JSON, which is what a retry sends again.
  private func transcoded(
    _ signal: OTLPSignal, _ body: UnsafeRawBufferPointer,
    _ append: (UnsafeRawBufferPointer) throws(DecodeError) -> AppendOutcome
  ) throws(DecodeError) -> AppendOutcome {
    var writer = ProtobufWriter(reservingCapacity: body.count)
    do throws(JSONError) {
      // The transport has bounded the body already.
      try unsafe OTLPJSON.transcode(signal, json: body, bytesMax: .max, to: &writer)
    } catch {
      throw DecodeError(error)
    }
    let result: Result<AppendOutcome, DecodeError> = unsafe writer.bytes.withUnsafeBytes { bytes in
      do throws(DecodeError) { return .success(try unsafe append(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
