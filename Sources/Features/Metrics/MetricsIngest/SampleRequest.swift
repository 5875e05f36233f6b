import Base
import Columns

/// In what form samples come.
package enum SampleEncoding: UInt8, Sendable, CaseIterable {
  // The journal keeps the numbers, so they never change.
  /// `prometheus.WriteRequest`.
  case remoteWrite1 = 1
  /// `io.prometheus.write.v2.Request`.
  case remoteWrite2 = 2
  /// Prometheus' text format; samples without a time are of when the request came.
  case prometheusText = 3
  /// OpenMetrics' text format; the same.
  case openMetricsText = 4
  /// `opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest`.
  case otlpProtobuf = 5
  /// The same in OTLP's JSON.
  case otlpJSON = 6
}

/// A request with samples.
@safe
struct SampleRequest {
  let body: UnsafeRawBufferPointer
  let encoding: SampleEncoding
  let tenant: TenantID
  /// By what the request is recognised when it comes again.
  let batchID: UInt64
  let receivedAt: UnixNanoseconds
  /// Which times samples may have, in milliseconds since 1970.
  let times: ClosedRange<Int64>

  init(
    _ body: UnsafeRawBufferPointer, _ encoding: SampleEncoding, tenant: TenantID, batchID: UInt64? = nil,
    receivedAt: UnixNanoseconds, times: ClosedRange<Int64>
  ) {
    unsafe self.body = body
    self.encoding = encoding
    self.tenant = tenant
    let isTimed = encoding != .prometheusText && encoding != .openMetricsText
    // Pages without times are often equal, and each is of its own time.
    let seed = UInt64(encoding.rawValue) &+ (isTimed ? 0 : UInt64(bitPattern: receivedAt.rawValue))
    self.batchID = batchID ?? (unsafe ByteHash.hash(body, seed: seed) | 1)
    self.receivedAt = receivedAt
    self.times = times
  }
}

/// Why a request gave no sample.
enum SampleDecodeError: Error, Hashable {
  /// The body is not of its form: a sentence with the place.
  case malformed(String)
  /// The body has more than a request may have: a sentence.
  case tooLarge(String)
  /// The batch cannot take the rows beside those that it has.
  case batchFull
}
