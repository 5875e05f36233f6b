package import Base
import Columns
import LineProtocol

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
  /// Objects of `POST /api/v1/metrics/push`; samples without a time are of when the request came.
  case pushedJSON = 16
  /// InfluxDB's line protocol, one for each precision; points without a time are of when the request came.
  case lineNanoseconds = 17
  case lineMicroseconds = 18
  case lineMilliseconds = 19
  case lineSeconds = 20
  case lineMinutes = 21
  case lineHours = 22

  /// The precision of times in line protocol; nil for another form.
  var linePrecision: LineProtocolPrecision? {
    switch self {
    case .lineNanoseconds: .nanoseconds
    case .lineMicroseconds: .microseconds
    case .lineMilliseconds: .milliseconds
    case .lineSeconds: .seconds
    case .lineMinutes: .minutes
    case .lineHours: .hours
    default: nil
    }
  }

  /// The form of a body in line protocol.
  init(_ precision: LineProtocolPrecision) {
    self =
      switch precision {
      case .nanoseconds: .lineNanoseconds
      case .microseconds: .lineMicroseconds
      case .milliseconds: .lineMilliseconds
      case .seconds: .lineSeconds
      case .minutes: .lineMinutes
      case .hours: .lineHours
      }
  }

  /// Whether a body says the same whenever it comes.
  fileprivate func isTimed(_ body: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .remoteWrite1, .remoteWrite2, .otlpProtobuf, .otlpJSON: true
    case .prometheusText, .openMetricsText: false
    case .pushedJSON: unsafe PushedSamples.isTimed(body)
    case .lineNanoseconds, .lineMicroseconds, .lineMilliseconds, .lineSeconds, .lineMinutes, .lineHours:
      LineProtocolParser.isTimed(unsafe Span(_unsafeBytes: body))
    }
  }
}

/// A request with samples.
@safe
package struct SampleRequest {
  let body: UnsafeRawBufferPointer
  let encoding: SampleEncoding
  let tenant: TenantID
  /// By what the request is recognised when it comes again.
  package let batchID: UInt64
  let receivedAt: UnixNanoseconds
  /// Which times samples may have, in milliseconds since 1970.
  let times: ClosedRange<Int64>

  package init(
    _ body: UnsafeRawBufferPointer, _ encoding: SampleEncoding, tenant: TenantID, batchID: UInt64? = nil,
    receivedAt: UnixNanoseconds, times: ClosedRange<Int64>
  ) {
    unsafe self.body = body
    self.encoding = encoding
    self.tenant = tenant
    self.batchID = batchID ?? (unsafe Self.batchID(body, encoding, receivedAt))
    self.receivedAt = receivedAt
    self.times = times
  }
}

extension SampleRequest {
  /// A hash of the body, by which it is recognised when it comes again.
  ///
  /// Bodies without times are often equal, and each is of its own time.
  private static func batchID(
    _ body: UnsafeRawBufferPointer, _ encoding: SampleEncoding, _ receivedAt: UnixNanoseconds
  ) -> UInt64 {
    let time = unsafe encoding.isTimed(body) ? 0 : UInt64(bitPattern: receivedAt.rawValue)
    return unsafe ByteHash.hash(body, seed: UInt64(encoding.rawValue) &+ time) | 1
  }
}

/// Why a request gave no sample.
package enum SampleDecodeError: Error, Hashable {
  /// The body is not of its form: a sentence with the place.
  case malformed(String)
  /// The body of pushed samples has a mistake.
  case mistaken(PushMistake)
  /// The body has more than a request may have: a sentence.
  case tooLarge(String)
  /// The batch cannot take the rows beside those that it has.
  case batchFull
}
