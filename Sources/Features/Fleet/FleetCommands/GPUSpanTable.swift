import Base
import Commands
import JSON

/// `gpu --spans`: spans on a GPU with what they did there.
enum GPUSpanTable {
  static func table(_ spans: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "START (UTC)"), .init(title: "NAME", isFlexible: true), .init(title: "SERVICE", isFlexible: true),
      .init(title: "DURATION", isNumber: true), .init(title: "BUSY", isNumber: true),
      .init(title: "ENERGY", isNumber: true), .init(title: "KNOWN"),
    ])
    for span in spans {
      let use = span["use"] ?? .null
      table.append([
        NumberText.time(UnixNanoseconds(span["start_time_unix_nano"]?.string.flatMap { Int64($0) } ?? 0)),
        span["name"]?.string ?? "", span["service_name"]?.string ?? "",
        NumberText.duration(span["duration_ns"]?.int ?? 0),
        text(use["utilization"]?["mean"]) { "\(HostText.whole($0 * 100))%" },
        text(use["energy"]?["joules"]) { "\(NumberText.number(($0 * 100).rounded() / 100)) J" },
        provenance(use["energy"] ?? .null),
      ])
    }
    return table
  }

  /// How the energy came about, or why there is none.
  private static func provenance(_ energy: JSONValue) -> String {
    energy["reason"]?.string ?? energy["provenance"]?.string ?? ""
  }

  /// A value as text, or a dash where there is none.
  private static func text(_ value: JSONValue?, _ format: (Double) -> String) -> String {
    value?.double.map(format) ?? "-"
  }
}
