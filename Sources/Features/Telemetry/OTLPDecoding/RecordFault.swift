import Telemetry

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
    case .tooDeep: "an attribute value is nested too deep"
    }
  }
}

extension DecodedRows {
  mutating func reject(_ fault: RecordFault, _ record: StaticString) {
    rejected += 1
    if firstReason == nil { firstReason = "\(record) \(accepted + rejected - 1): \(fault)" }
  }
}
