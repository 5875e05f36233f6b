package import API
package import Base
import HTTPTypes

/// The parameters of a request.
///
/// An empty value counts as none, as in both APIs; unknown names are ignored.
package struct LenientParameters: Sendable {
  private let parameters: [QueryParameter]

  package init(_ query: String) throws(Problem) {
    guard let parameters = QueryParameter.parse(query) else {
      throw Problem(.invalidParameter, "The query string is not percent-encoded UTF-8; encode `%` as `%25`.")
    }
    self.parameters = parameters.filter { !$0.value.isEmpty }
  }

  /// The first value of a name.
  package func text(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// Every value of a name.
  package func texts(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

  /// A whole number above 0; more than the greatest counts as the greatest.
  package func count(_ name: String, default defaultCount: Int, max: Int) throws(Problem) -> Int {
    guard let text = text(name) else { return defaultCount }
    guard let value = Int(text), value > 0 else { throw .parameter(name, "'\(text)' is not a whole number above 0") }
    return Swift.min(value, max)
  }

  /// A duration as Go writes it, in nanoseconds, for example `1.2s` or `100ms`.
  package func duration(_ name: String) throws(Problem) -> Int64? {
    guard let text = text(name) else { return nil }
    if text == "0" { return 0 }
    guard let value = DurationText.parse(text) else {
      throw .parameter(name, "'\(text)' is not a duration such as 100ms, 1.5s or 2m")
    }
    return value
  }

  /// A whole number of a unit of time, in nanoseconds; for times since 1970 and for durations.
  package func nanoseconds(_ name: String, unit: Int64) throws(Problem) -> Int64? {
    guard let text = text(name) else { return nil }
    guard let value = Int64(text) else { throw .parameter(name, "'\(text)' is not a whole number") }
    let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit)
    guard !overflow else { throw .parameter(name, "\(text) is too great") }
    return nanoseconds
  }

  /// The greatest and the least duration of a search, checked against each other.
  package func durations(_ least: String, _ greatest: String) throws(Problem) -> (least: Int64?, greatest: Int64?) {
    let bounds = (try duration(least), try duration(greatest))
    if let minimum = bounds.0, let maximum = bounds.1, minimum > maximum {
      throw .parameter(greatest, "it is below '\(least)'")
    }
    return bounds
  }

  /// A range of time from two parameters; both of its bounds are in it.
  package func range(
    _ start: String, _ end: String, unit: Int64, now: UnixNanoseconds, defaultNanoseconds: Int64
  ) throws(Problem) -> TimeRange {
    let last = try nanoseconds(end, unit: unit) ?? now.rawValue
    let (distant, overflow) = last.subtractingReportingOverflow(defaultNanoseconds)
    let first = try nanoseconds(start, unit: unit) ?? (overflow ? Int64.min : distant)
    guard first <= last else { throw .parameter(start, "it is after '\(end)'") }
    // The end is given in whole units, so what begins within the last one counts too.
    let (behind, beyond) = last.addingReportingOverflow(unit)
    return TimeRange(start: UnixNanoseconds(first), end: UnixNanoseconds(beyond ? Int64.max : behind))
  }
}

extension TraceID {
  /// Reads a trace id as Jaeger and Tempo do: up to 32 hexadecimal digits, leading zeros left out at will.
  package init(lenient text: String) throws(Problem) {
    let padded = String(repeating: "0", count: max(0, 32 - text.utf8.count)) + text
    guard !text.isEmpty, let id = TraceID(hex: padded), id.isValid else {
      throw Problem(.invalidParameter, "'\(text)' is not a trace id: up to 32 hexadecimal digits, not all zero.")
    }
    self = id
  }
}
