import Columns
package import Ground
import JSON
import OTLP
import Protobuf
package import Telemetry

extension OTLPDecoder {
  /// Appends the spans of an `ExportTraceServiceRequest` in OTLP/JSON.
  package func appendTraces(
    json body: UnsafeRawBufferPointer, tenant: TenantID, into batch: SpanBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe transcoded(.traces, body) { bytes throws(DecodeError) in
      try unsafe appendTraces(protobuf: bytes, tenant: tenant, into: batch)
    }
  }

  /// Appends the data points of an `ExportMetricsServiceRequest` in OTLP/JSON.
  package func appendMetrics(
    json body: UnsafeRawBufferPointer, tenant: TenantID, into batch: MetricBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe transcoded(.metrics, body) { bytes throws(DecodeError) in
      try unsafe appendMetrics(protobuf: bytes, tenant: tenant, into: batch)
    }
  }

  /// Appends the records of an `ExportLogsServiceRequest` in OTLP/JSON.
  package func appendLogs(
    json body: UnsafeRawBufferPointer, tenant: TenantID, receivedAt: UnixNanoseconds, into batch: LogBatch
  ) throws(DecodeError) -> AppendOutcome {
    try unsafe transcoded(.logs, body) { bytes throws(DecodeError) in
      try unsafe appendLogs(protobuf: bytes, tenant: tenant, receivedAt: receivedAt, into: batch)
    }
  }

  /// Decodes the protobuf form of a JSON request. The retry hash is that of the protobuf form, so a retry in either
  /// encoding is recognised.
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
