import Base
import Commands

/// The options that say which time a question is about.
enum QueryOptions {
  static let range = range { $0 }

  /// - Parameter written: a time as the API reads it.
  static func range(_ written: @escaping @Sendable (String) -> String) -> [OptionDefinition] {
    [
      OptionDefinition(
        name: "--since", value: "DURATION", meaning: "From this long ago, e.g. 1h or 7d.", check: duration,
        parameter: RequestParameter(
          isNamed: { $0 == "start" }, make: { since, now in ("start", ClientOptions.time(since, before: now)) })),
      OptionDefinition(
        name: "--start", value: "TIME", meaning: "From this time, RFC 3339 or seconds since 1970.", check: time,
        parameter: .named("start", written)),
      OptionDefinition(
        name: "--end", value: "TIME", meaning: "Up to this time, RFC 3339 or seconds since 1970. Default: now.",
        check: time, parameter: .named("end", written)),
    ]
  }

  /// The most items that a list shows, of which the server is asked for no more.
  static let limit = OptionDefinition(
    name: "--limit", letter: "-n", value: "COUNT", meaning: "The most that are shown. Default: \(limitDefault).",
    check: { Int($0).map { (1...100_000).contains($0) } == true ? nil : "a number from 1 to 100000" },
    parameter: .named("limit"))

  static let limitDefault = 1_000

  /// A time in RFC 3339.
  static func rfc3339(_ text: String) -> String {
    milliseconds(text).map { RFC3339.format(UnixNanoseconds($0 * 1_000_000)) } ?? text
  }

  static func duration(_ text: String) -> String? {
    DurationText.duration(text).map { $0 > .zero } == true ? nil : "a duration such as 15m or 7d"
  }

  static func time(_ text: String) -> String? {
    milliseconds(text) == nil ? "a time such as 2026-11-21T08:00:00Z or 1795248000" : nil
  }

  /// Milliseconds since 1970 of a time: RFC 3339, or seconds with a fraction.
  static func milliseconds(_ text: String) -> Int64? {
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < 9_000_000_000 {
      return Int64((seconds * 1_000).rounded())
    }
    return RFC3339.parse(text).map { $0.rawValue / 1_000_000 }
  }

  /// Milliseconds as a parameter: seconds with up to three decimals.
  static func seconds(_ milliseconds: Int64) -> String {
    let (whole, rest) = (milliseconds.magnitude / 1_000, milliseconds.magnitude % 1_000)
    let fraction = rest == 0 ? "" : "." + String(1_000 + rest).dropFirst()
    return (milliseconds < 0 ? "-" : "") + "\(whole)\(fraction)"
  }
}

/// The times at which a query is evaluated over a range, in milliseconds since 1970.
struct QueryRange: Equatable {
  let start: Int64
  let end: Int64
  let step: Int64

  var parameters: [(String, String)] {
    [
      ("start", QueryOptions.seconds(start)), ("end", QueryOptions.seconds(end)),
      ("step", QueryOptions.seconds(step)),
    ]
  }
}

extension QueryRange {
  /// The options that make a query one over a range.
  private static let options = ["--range", "--since", "--start", "--end", "--step", "--chart"]

  /// - Returns: nil where no option asks for a range.
  init?(_ arguments: ParsedArguments, now: UnixNanoseconds) throws(CommandFailure) {
    let given = Self.options.filter { arguments.has($0) }
    guard let first = given.first else { return nil }
    if arguments.has("--time") {
      throw CommandFailure(.usage, "Give --time for one time, or \(first) for a range, not both.")
    }
    let starts = ["--range", "--since", "--start"].filter { arguments.has($0) }
    if starts.count > 1 {
      throw CommandFailure(.usage, "Give \(starts[0]) or \(starts[1]), not both.")
    }
    let present = now.rawValue / 1_000_000
    end = arguments["--end"].flatMap(QueryOptions.milliseconds) ?? present
    if let start = arguments["--start"].flatMap(QueryOptions.milliseconds) {
      self.start = start
    } else if let since = arguments["--since"].flatMap({ DurationText.duration($0) }) {
      start = present - Self.milliseconds(since)
    } else {
      start = end - (arguments["--range"].flatMap { DurationText.duration($0) }.map(Self.milliseconds) ?? 3_600_000)
    }
    guard start < end else {
      throw CommandFailure(.usage, "The range ends before it starts; see --start, --since and --end.")
    }
    step =
      arguments["--step"].flatMap { DurationText.duration($0) }.map { max(1, Self.milliseconds($0)) }
      ?? Self.step(of: end - start)
  }

  /// The step that makes 240 points of a range, in whole seconds: enough for the dots of a terminal's width.
  private static func step(of milliseconds: Int64) -> Int64 { max(1, (milliseconds / 240 + 999) / 1_000) * 1_000 }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}
