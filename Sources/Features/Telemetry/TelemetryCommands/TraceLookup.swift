import Base
import Commands
import Configuration
import JSON

/// What names a trace on a command line: its id, the first digits of it, or `latest`.
enum TraceLookup {
  static let options = [
    OptionDefinition(
      name: "--since", value: "DURATION", meaning: "How far back 'latest' and a prefix are looked for. Default: 24h.",
      check: { DurationText.duration($0) == nil ? "a duration such as 15m or 7d" : nil })
  ]

  static let operand = OperandDefinition(
    name: "trace-id", meaning: "An id as 'axonize traces' shows it, its first digits (4 at least), or 'latest'.")

  /// The trace id that an argument stands for.
  ///
  /// Throws when there is none, or more than one.
  static func id(
    _ word: String, _ client: APIClient, _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> TraceID {
    if let id = TraceID(hex: word) { return id }
    let since = arguments["--since"] ?? "24h"
    let start = ("start", ClientOptions.time(since, before: context.now()))
    if word == "latest" {
      let traces = try client.get("/traces", [start, ("limit", "1")]).value["data"]?.array ?? []
      guard let id = traces.first?["trace_id"]?.string.flatMap({ TraceID(hex: $0) }) else {
        throw CommandFailure(.notFound, "No traces in the last \(since). Use --since to look further back.")
      }
      return id
    }
    let isPrefix = TraceID(hex: word + String(repeating: "0", count: max(0, 32 - word.utf8.count))) != nil
    guard isPrefix, word.utf8.count >= 4 else {
      throw CommandFailure(
        .usage,
        "'\(TextWidth.visible(word))' is not a trace id, which has 32 hexadecimal digits. The first 4 or more suffice "
          + "if no other trace begins with them; 'latest' is the newest trace.")
    }
    let found = try client.get("/trace-ids", [("prefix", word), start, ("limit", "10")]).value["data"]?.array ?? []
    let ids = found.compactMap { $0["trace_id"]?.string.flatMap { TraceID(hex: $0) } }
    guard let id = ids.first else {
      throw CommandFailure(
        .notFound, "No trace in the last \(since) begins with \(word). Use --since to look further back.")
    }
    guard ids.count == 1 else {
      let list = ids.map { "  \($0)" }.joined(separator: "\n")
      throw CommandFailure(.usage, "Several traces begin with \(word); give more digits:\n\(list)")
    }
    return id
  }
}
