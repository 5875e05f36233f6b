import Base
import Commands
import Configuration

/// The options by which telemetry is filtered and sorted.
enum TelemetryOptions {
  /// The filters of spans and traces.
  static let filters = [
    service(),
    OptionDefinition(
      name: "--operation", value: "NAME", meaning: "The span's whole name, e.g. 'chat llama-3.1-8b'.",
      parameter: .named("operation")),
    status(), model(),
    OptionDefinition(
      name: "--provider", value: "NAME", meaning: "The provider of the model.", parameter: .named("provider")),
    user(), session(),
    OptionDefinition(
      name: "--gpu", value: "ID", meaning: "A GPU resource that was used.", parameter: .named("gpu")),
    duration("--min-duration", "Only what lasts at least this long, e.g. 200ms.", parameter: "min_duration_ms"),
    duration("--max-duration", "Only what lasts at most this long.", parameter: "max_duration_ms"),
    attribute("An attribute of the span"),
    OptionDefinition(
      name: "--query", letter: "-q", value: "TRACEQL",
      meaning: "A query in TraceQL, e.g. '{ status = error && duration > 1s }'.", parameter: .named("q")),
  ]

  static func service(_ meaning: String = "The service.") -> OptionDefinition {
    OptionDefinition(name: "--service", letter: "-s", value: "NAME", meaning: meaning, parameter: .named("service"))
  }

  static func status(_ meaning: String = "The span's status.") -> OptionDefinition {
    OptionDefinition(
      name: "--status", value: "STATUS", meaning: meaning, choices: ["unset", "ok", "error"],
      parameter: .named("status"))
  }

  static func model(_ meaning: String = "The model.") -> OptionDefinition {
    OptionDefinition(name: "--model", letter: "-m", value: "NAME", meaning: meaning, parameter: .named("model"))
  }

  static func user(_ meaning: String = "The user.") -> OptionDefinition {
    OptionDefinition(name: "--user", value: "ID", meaning: meaning, parameter: .named("user"))
  }

  static func session(_ meaning: String = "The session or conversation.") -> OptionDefinition {
    OptionDefinition(name: "--session", value: "ID", meaning: meaning, parameter: .named("session"))
  }

  static func sort(_ choices: [String], default order: String) -> OptionDefinition {
    OptionDefinition(
      name: "--sort", value: "ORDER", meaning: "The order; a minus means descending. Default: \(order).",
      choices: choices, parameter: .named("sort"))
  }

  /// The order of lists of spans and traces.
  static let sort = sort(["start_time", "-start_time", "duration", "-duration"], default: "-start_time")

  /// The option that filters by attributes.
  static func attribute(_ meaning: String, ofResource: Bool = true) -> OptionDefinition {
    OptionDefinition(
      name: "--attribute", letter: "-a", value: "KEY=VALUE",
      meaning: "\(meaning)\(ofResource ? ", or of its resource as resource.KEY=VALUE" : ""). May be repeated.",
      isRepeatable: true, check: { $0.contains("=") && !$0.hasPrefix("=") ? nil : "KEY=VALUE" },
      parameter: RequestParameter(
        isNamed: { $0.hasPrefix("attr.") || $0.hasPrefix("resource.") },
        make: { text, _ in
          let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
          return (parts[0].hasPrefix("resource.") ? parts[0] : "attr.\(parts[0])", parts[1])
        }))
  }

  private static func duration(_ name: String, _ meaning: String, parameter: String) -> OptionDefinition {
    OptionDefinition(
      name: name, value: "DURATION", meaning: meaning,
      check: { DurationText.duration($0) == nil ? "a duration such as 200ms or 2s" : nil },
      parameter: .named(parameter) { text in
        let (seconds, attoseconds) = (DurationText.duration(text) ?? .zero).components
        let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        let isWhole = milliseconds == milliseconds.rounded()
        return isWhole ? String(Int64(milliseconds)) : String(milliseconds)
      })
  }
}
