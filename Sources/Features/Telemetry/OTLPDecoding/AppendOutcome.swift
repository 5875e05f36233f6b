import JSON
import Protobuf

/// What became of the records of a request: spans, data points or log records.
package struct AppendOutcome: Sendable, Equatable {
  package var accepted = 0
  package var rejected = 0
  /// Why the first rejected record was refused, in a sentence for the client; nil when none was.
  package var firstReason: String?
  /// Whether an accepted log record came without any time of its own. The rows of such a request have a
  /// batch id that no other has: two equal requests may both be meant.
  package var hasUntimedRecord = false
  /// Texts of accepted records that were cut to `TextLimits`.
  package var cutTexts = 0

  package init(accepted: Int = 0, rejected: Int = 0, firstReason: String? = nil) {
    self.accepted = accepted
    self.rejected = rejected
    self.firstReason = firstReason
  }

  mutating func reject(_ fault: RecordFault, _ record: StaticString) {
    rejected += 1
    if firstReason == nil { firstReason = "\(record) \(accepted + rejected - 1): \(fault)" }
  }
}

/// Why a request was refused as a whole. Nothing of it was appended.
package enum DecodeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes are no such message; the same request fails again.
  case malformed(offset: Int, reason: String)
  /// The batch cannot take so much more text; the request fits an empty one, or is too large for any.
  case batchFull
  /// The request has more records than one may have, or they take more memory; it has to be sent in parts.
  case tooLarge(String)

  init(_ error: ProtobufError) { self = .malformed(offset: error.offset, reason: error.description) }
  init(_ error: JSONError) { self = .malformed(offset: error.offset, reason: error.description) }

  package var description: String {
    switch self {
    case .malformed(_, let reason): reason
    case .batchFull: "the batch cannot take the text of the request"
    case .tooLarge(let reason): reason
    }
  }
}

/// What a decoder bounds. Records beyond a bound lose the excess, which is added to their dropped counts, as the
/// limits of OpenTelemetry's SDKs do (https://opentelemetry.io/docs/specs/otel/common/#attribute-limits).
package struct IngestLimits: Sendable {
  /// Attributes of one span, data point, log record, resource or scope. Default 1,024: eight times the SDKs' 128.
  package var attributeCountMax: Int
  /// Events of one span. Default 16,384: an event for each token of a long answer.
  package var eventCountMax: Int
  /// Links of one span. Default 1,024: eight times the SDKs' 128.
  package var linkCountMax: Int
  /// Elements of one list of a data point: buckets, bounds, quantiles. Default 16,384: a hundred times what the SDKs'
  /// exponential histograms have. A point with more is rejected.
  package var elementCountMax: Int
  /// Exemplars of one data point. Default 1,024: one for each bucket of a large histogram.
  package var exemplarCountMax: Int
  /// Bytes of text of the attributes of one record, and of its events, links or exemplars. Default 8 MiB each: a page of
  /// such spans still fits the memory of a query.
  package var recordBytesMax: Int
  /// Records, groups and rejected records of one request. Default 1,000,000, some seconds of the largest cluster's spans.
  package var recordCountMax: Int
  /// Memory of the decoded rows of one request. Default 128 MiB, twice the largest body.
  package var requestBytesMax: Int
  /// Bytes of text, or list elements, of one column of a batch. Default and most 1 GiB: Arrow's offsets end at 2 GiB, and
  /// the rows between two looks at the size are far smaller than the other half.
  package var columnBytesMax: Int

  package init(
    attributeCountMax: Int = 1024, eventCountMax: Int = 16_384, linkCountMax: Int = 1024,
    elementCountMax: Int = 16_384, exemplarCountMax: Int = 1024, recordBytesMax: Int = 8 << 20,
    recordCountMax: Int = 1_000_000, requestBytesMax: Int = 128 << 20, columnBytesMax: Int = 1 << 30
  ) {
    precondition(columnBytesMax <= 1 << 30, "too near the end of Arrow's offsets")
    self.attributeCountMax = attributeCountMax
    self.eventCountMax = eventCountMax
    self.linkCountMax = linkCountMax
    self.elementCountMax = elementCountMax
    self.exemplarCountMax = exemplarCountMax
    self.recordBytesMax = recordBytesMax
    self.recordCountMax = recordCountMax
    self.requestBytesMax = requestBytesMax
    self.columnBytesMax = columnBytesMax
  }
}

/// Why one record is refused while the others of its request are taken.
enum RecordFault: Sendable, Equatable, CustomStringConvertible {
  case traceIDLength(Int)
  case traceIDZero
  case spanIDLength(Int)
  case spanIDZero
  case parentSpanIDLength(Int)
  case noStartTime
  case noTime
  case timeBeyondRange
  /// The text is `TimeWindow.refusal`.
  case timeRefused(String)
  case tooManyDays
  case empty
  case noMetricName
  case bucketCounts(counts: Int, bounds: Int)
  case tooManyElements(Int)
  case tooDeep

  var description: String {
    switch self {
    case .traceIDLength(let count): "trace_id must have 16 bytes, it has \(count)"
    case .traceIDZero: "trace_id must not be all zero"
    case .spanIDLength(let count): "span_id must have 8 bytes, it has \(count)"
    case .spanIDZero: "span_id must not be all zero"
    case .parentSpanIDLength(let count): "parent_span_id must be empty or have 8 bytes, it has \(count)"
    case .noStartTime: "start_time_unix_nano is missing"
    case .noTime: "time_unix_nano is missing"
    case .timeBeyondRange: "a time lies beyond the year 2262"
    case .timeRefused(let reason): reason
    case .tooManyDays:
      "the request has records of more than \(RequestDays.countMax) days: send those of each month in requests of their own"
    case .empty: "it has no field at all"
    case .noMetricName: "the metric has no name"
    case .bucketCounts(let counts, let bounds):
      "bucket_counts must have one element more than explicit_bounds, they have \(counts) and \(bounds)"
    case .tooManyElements(let countMax): "one of its lists has more than \(countMax) elements"
    case .tooDeep: "an attribute value is nested too deep"
    }
  }
}
