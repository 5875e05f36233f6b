import Base
import Commands

/// `metrics export`.
enum ExportCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "export"], summary: "Write the history of all selected series as CSV or JSON lines.",
    discussion:
      "It goes to standard output as it comes, or to a new file; a file that exists is kept, and one that would not be "
      + "whole is removed. Without a range, the last hour.",
    operands: [StoredSeries.selector],
    options: StoredSeries.filters + StoredSeries.range + [
      StoredSeries.step, StoredSeries.aggregations,
      OptionDefinition(
        name: "--format", value: "FORMAT", meaning: "CSV with a header, or JSON lines. Default: csv.",
        choices: ["csv", "jsonl"]),
      OptionDefinition(
        name: "--output", letter: "-o", value: "FILE",
        meaning: "Write to this file, and say on standard error how far it is."),
      ClientOptions.server,
    ],
    examples: [
      .init(
        command: "axonize metrics export node_load1 --since 7d --step 1h -o load.csv",
        meaning: "A week of load, an hour a row."),
      .init(command: "axonize metrics export --format jsonl --since 1d | gzip > day.jsonl.gz", meaning: "A whole day."),
    ], run: run)

  /// After so many bytes a line says how far the export is.
  private static let progressBytes = 16 << 20

  @Sendable private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    let query =
      try StoredSeries.parameters(arguments) + ClientOptions.query(arguments, now: context.now())
      + [("format", arguments["--format"] ?? "csv")]
    let client = try APIClient(arguments, context)
    var progress = Progress()
    if let path = arguments["--output"] {
      let file = try OutputFile(path)
      do throws(CommandFailure) {
        try client.download("/metrics/history", query) { part throws(CommandFailure) in
          try file.append(part)
          if progress.add(part, each: progressBytes) { context.writeError("\(progress.text)\n") }
        }
      } catch {
        try file.remove()
        throw error
      }
      context.writeError("\(progress.text) in \(TextWidth.visible(path))\n")
    } else {
      var text = LineText()
      try client.download("/metrics/history", query) { part in
        _ = progress.add(part, each: progressBytes)
        context.write(text.whole(part))
      }
      context.write(text.end())
    }
    // Nothing but the head of a table.
    if progress.lineCount == (arguments["--format"] == "jsonl" ? 0 : 1) {
      context.writeError("\(StoredSeries.emptyMessage(arguments, client))\n")
    }
    return .success
  }
}

/// How far an export is.
private struct Progress {
  private var byteCount = 0
  private(set) var lineCount = 0

  var text: String {
    let mebibytes = (Double(byteCount) / 0x1p20 * 10).rounded() / 10
    let size = mebibytes < 1 ? "\(NumberText.count(Int64(byteCount))) bytes" : "\(NumberText.number(mebibytes)) MiB"
    return "\(NumberText.count(Int64(lineCount))) lines, \(size)"
  }

  /// Counts a part; true when another so many bytes are complete.
  mutating func add(_ part: ArraySlice<UInt8>, each progressBytes: Int) -> Bool {
    let before = byteCount / progressBytes
    byteCount += part.count
    for byte in part where byte == UInt8(ascii: "\n") { lineCount += 1 }
    return byteCount / progressBytes > before
  }
}

/// Text that comes in parts which may end within a character.
private struct LineText {
  private var rest: [UInt8] = []

  /// The text up to the last end of a line.
  mutating func whole(_ part: ArraySlice<UInt8>) -> String {
    guard let end = part.lastIndex(of: UInt8(ascii: "\n")) else {
      rest += part
      return ""
    }
    defer { rest = Array(part[(end + 1)...]) }
    return String(decoding: rest + part[...end], as: UTF8.self)
  }

  mutating func end() -> String {
    defer { rest = [] }
    return String(decoding: rest, as: UTF8.self)
  }
}
