import Base
package import Commands
import JSON

/// `logs`.
package enum LogCommands {
  package static let all = [logs]

  private static let logs = CommandDefinition(
    path: ["logs"], summary: "List log records, newest first.",
    discussion: "Without a range, the server's default: the last hour.",
    options: ClientOptions.range + [
      TelemetryOptions.service(),
      OptionDefinition(
        name: "--severity", value: "LEVEL", meaning: "The lowest severity that is shown.",
        choices: ["trace", "debug", "info", "warn", "error", "fatal"], parameter: .named("severity")),
      OptionDefinition(
        name: "--trace", value: "ID", meaning: "Only the records of this trace.",
        check: { TraceID(hex: $0) == nil ? "a trace id, 32 hexadecimal digits" : nil }, parameter: .named("trace_id")),
      OptionDefinition(
        name: "--text", value: "TEXT", meaning: "Only records with this text, in whatever case.",
        parameter: .named("text")),
      TelemetryOptions.attribute("An attribute of the record"),
      ClientOptions.limit(default: ClientOptions.limitDefault),
    ] + ClientOptions.connection,
    examples: [
      .init(command: "axonize logs --severity error --since 1d", meaning: "The errors of the last day."),
      .init(command: "axonize logs --service chat --text timeout --json", meaning: "Those that speak of a timeout."),
    ],
    list: ListDefinition("logs") { records in
      var table = Table([
        .init(title: "TIME (UTC)"), .init(title: "SEVERITY", color: color), .init(title: "SERVICE", isFlexible: true),
        .init(title: "TRACE", isID: true), .init(title: "MESSAGE", isFlexible: true),
      ])
      for record in records {
        table.append([
          NumberText.time(UnixNanoseconds(time(record))), severity(record), record["service_name"]?.string ?? "",
          record["trace_id"]?.string ?? "-", message(record),
        ])
      }
      return table
    })

  /// When it happened, or when it was observed if that is unknown.
  private static func time(_ record: JSONValue) -> Int64 {
    let times = ["time_unix_nano", "observed_time_unix_nano"].compactMap { record[$0]?.string.flatMap { Int64($0) } }
    return times.first { $0 != 0 } ?? 0
  }

  /// The sender's text for it, else the name of its number (OpenTelemetry logs data model, "SeverityNumber").
  private static func severity(_ record: JSONValue) -> String {
    if let text = record["severity_text"]?.string, !text.isEmpty { return text }
    let names = ["trace", "debug", "info", "warn", "error", "fatal"]
    let number = Int(record["severity_number"]?.int ?? 0)
    return (1...24).contains(number) ? names[(number - 1) / 4] : "-"
  }

  private static func message(_ record: JSONValue) -> String {
    switch record["body"] {
    case .string(let text): text
    case nil, .null: record["event_name"]?.string ?? ""
    case let body?: String(decoding: body.encoded, as: UTF8.self)
    }
  }

  private static func color(_ style: Style, _ text: String) -> String {
    let word = text.lowercased()
    if word.hasPrefix("err") || word.hasPrefix("fatal") || word.hasPrefix("crit") { return style.red(text) }
    return word.hasPrefix("warn") ? style.yellow(text) : text
  }
}
