package import Base
import Configuration

/// The options that commands which ask a server share.
package enum ClientOptions {
  package static let server = OptionDefinition(
    name: "--server", value: "URL",
    meaning: "The server to ask. Default: AXONIZE_SERVER, else \(APIClient.defaultServer).")

  package static let connection = [server, OptionDefinition.json]

  /// For commands that change something.
  package static let idempotencyKey = OptionDefinition(
    name: "--idempotency-key", value: "KEY",
    meaning:
      "A text that stands for this change, for scripts that repeat it: the server makes it once within 24 hours. "
      + "Default: a random one.",
    check: { text in
      let isClean = (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
      return isClean ? nil : "1 to 255 characters of printable ASCII"
    })

  /// For commands that change or delete what may have been changed in the meantime.
  package static let revision = OptionDefinition(
    name: "--revision", value: "NUMBER", meaning: "Only if it is still at this revision.",
    check: { Int64($0).map { $0 > 0 } == true ? nil : "a revision, a number from 1" })

  /// The condition that ``revision`` stands for.
  package static func condition(_ arguments: ParsedArguments) -> ChangeCondition {
    arguments[revision.name].map { .unchanged("\"\($0)\"") } ?? .none
  }

  package static let range = [
    OptionDefinition(
      name: "--since", value: "DURATION", meaning: "Only what began within this time, e.g. 1h or 7d.",
      check: { DurationText.duration($0) == nil ? "a duration such as 15m or 7d" : nil },
      parameter: RequestParameter(
        isNamed: { $0 == "start" }, make: { since, now in ("start", time(since, before: now)) })),
    OptionDefinition(
      name: "--start", value: "TIME", meaning: "Only what began at this time (RFC 3339) or later.",
      parameter: .named("start")),
    OptionDefinition(
      name: "--end", value: "TIME", meaning: "Only what began before this time (RFC 3339).", parameter: .named("end")),
  ]

  /// How many rows a list shows by default.
  package static let limitDefault = 20

  /// - Parameter source: where the default comes from if there is one, e.g. `the view's limit, else `.
  package static func limit(default rowCount: Int, after source: String = "") -> OptionDefinition {
    OptionDefinition(
      name: "--limit", letter: "-n", value: "COUNT", meaning: "The most that are shown. Default: \(source)\(rowCount).",
      check: { Int($0).map { (1...100_000).contains($0) } == true ? nil : "a number from 1 to 100000" })
  }

  /// The time that lies a duration before another, in whole seconds.
  package static func time(_ since: String, before now: UnixNanoseconds) -> String {
    let distance = DurationText.duration(since) ?? .zero
    let start = max(0, Double(now.rawValue) - Double(distance.components.seconds) * 1e9)
    return RFC3339.format(UnixNanoseconds(Int64(start / 1e9) * 1_000_000_000))
  }

  /// The parameters of a request that the options stand for, in the order in which the command declares them.
  package static func query(
    _ arguments: ParsedArguments, now: UnixNanoseconds
  ) throws(CommandFailure) -> [(String, String)] {
    if arguments.has("--since"), arguments.has("--start") {
      throw CommandFailure(.usage, "Give --since or --start, not both.")
    }
    return arguments.options.flatMap { option in
      option.parameter.map { parameter in arguments.all(option.name).map { parameter.make($0, now) } } ?? []
    }
  }
}
