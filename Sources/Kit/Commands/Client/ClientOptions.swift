package import Base
import Configuration

/// The options that commands which ask a server share.
package enum ClientOptions {
  package static let connection = [
    OptionDefinition(
      name: "--server", value: "URL",
      meaning: "The server to ask. Default: AXONIZE_SERVER, else \(APIClient.defaultServer)."),
    OptionDefinition.json,
  ]

  package static let range = [
    OptionDefinition(
      name: "--since", value: "DURATION", meaning: "Only what began within this time, e.g. 1h or 7d.",
      check: { DurationText.parse($0) == nil ? "a duration such as 15m or 7d" : nil }),
    OptionDefinition(name: "--start", value: "TIME", meaning: "Only what began at this time (RFC 3339) or later."),
    OptionDefinition(name: "--end", value: "TIME", meaning: "Only what began before this time (RFC 3339)."),
  ]

  package static let filters = [
    OptionDefinition(name: "--service", letter: "-s", value: "NAME", meaning: "The service."),
    OptionDefinition(name: "--operation", value: "NAME", meaning: "The span's whole name, e.g. 'chat llama-3.1-8b'."),
    OptionDefinition(
      name: "--status", value: "STATUS", meaning: "The span's status.", choices: ["unset", "ok", "error"]),
    OptionDefinition(name: "--model", letter: "-m", value: "NAME", meaning: "The model."),
    OptionDefinition(name: "--provider", value: "NAME", meaning: "The provider of the model."),
    OptionDefinition(name: "--user", value: "ID", meaning: "The user."),
    OptionDefinition(name: "--session", value: "ID", meaning: "The session or conversation."),
    OptionDefinition(name: "--gpu", value: "ID", meaning: "A GPU resource that was used."),
    duration("--min-duration", "Only what lasts at least this long, e.g. 200ms."),
    duration("--max-duration", "Only what lasts at most this long."),
    attribute("An attribute of the span"),
    OptionDefinition(
      name: "--query", letter: "-q", value: "TRACEQL",
      meaning: "A query in TraceQL, e.g. '{ status = error && duration > 1s }'."),
  ]

  /// How many rows a list shows when nobody says.
  package static let limitDefault = 20

  /// The option that filters by attributes.
  package static func attribute(_ meaning: String) -> OptionDefinition {
    OptionDefinition(
      name: "--attribute", letter: "-a", value: "KEY=VALUE",
      meaning: "\(meaning), or of its resource as resource.KEY=VALUE. May be repeated.", isRepeatable: true,
      check: { $0.contains("=") && !$0.hasPrefix("=") ? nil : "KEY=VALUE" })
  }

  package static func limit(default rowCount: Int) -> OptionDefinition {
    OptionDefinition(
      name: "--limit", letter: "-n", value: "COUNT", meaning: "The most that are shown. Default: \(rowCount).",
      check: { Int($0).map { (1...100_000).contains($0) } == true ? nil : "a number from 1 to 100000" })
  }

  package static let sort = OptionDefinition(
    name: "--sort", value: "ORDER", meaning: "The order; a minus means descending. Default: -start_time.",
    choices: ["start_time", "-start_time", "duration", "-duration"])

  private static func duration(_ name: String, _ meaning: String) -> OptionDefinition {
    OptionDefinition(
      name: name, value: "DURATION", meaning: meaning,
      check: { DurationText.parse($0) == nil ? "a duration such as 200ms or 2s" : nil })
  }

  /// The time that lies a duration before another, in whole seconds.
  package static func time(_ since: String, before now: UnixNanoseconds) -> String {
    time(DurationText.parse(since) ?? .zero, before: now)
  }

  private static func time(_ since: Duration, before now: UnixNanoseconds) -> String {
    let start = max(0, Double(now.rawValue) - Double(since.components.seconds) * 1e9)
    return RFC3339.format(UnixNanoseconds(Int64(start / 1e9) * 1_000_000_000))
  }

  /// The parameters of a request that the options stand for.
  package static func query(
    _ arguments: ParsedArguments, now: UnixNanoseconds
  ) throws(CommandFailure) -> [(String, String)] {
    var query: [(String, String)] = []
    if let since = arguments["--since"].flatMap({ DurationText.parse($0) }) {
      if arguments.has("--start") { throw CommandFailure(.usage, "Give --since or --start, not both.") }
      query.append(("start", time(since, before: now)))
    }
    if let trace = arguments["--trace"] { query.append(("trace_id", trace)) }
    if let keys = arguments["--group-by"] { query.append(("group_by", keys)) }
    for name in [
      "start", "end", "service", "operation", "status", "model", "provider", "user", "session", "gpu", "severity",
      "text", "prefix", "aggregation", "step", "sort",
    ] {
      if let value = arguments["--\(name)"] { query.append((name, value)) }
    }
    for (option, name) in [("--min-duration", "min_duration_ms"), ("--max-duration", "max_duration_ms")] {
      guard let duration = arguments[option].flatMap({ DurationText.parse($0) }) else { continue }
      let (seconds, attoseconds) = duration.components
      let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
      let isWhole = milliseconds == milliseconds.rounded()
      query.append((name, isWhole ? String(Int64(milliseconds)) : String(milliseconds)))
    }
    for attribute in arguments.all("--attribute") {
      let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      query.append((parts[0].hasPrefix("resource.") ? parts[0] : "attr.\(parts[0])", parts[1]))
    }
    if let text = arguments["--query"] { query.append(("q", text)) }
    return query
  }
}
