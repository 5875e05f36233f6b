import Base
package import Commands
import JSON

/// `storage`: what a server keeps, through its REST API.
package enum StorageCommands {
  package static let all = [storage]

  private static let storage = CommandDefinition(
    path: ["storage"], summary: "Show what is kept: tables with their size, days and retention.",
    discussion:
      "The numbers are of all tenants together, so a key must be of the first tenant, 'default'. Rows are removed in "
      + "the background, some time after they have become old enough.", options: ClientOptions.connection,
    run: { arguments, context in
      let rows = try APIClient(arguments, context).get("/storage").value["data"]?.array ?? []
      if arguments.has("--json") {
        context.print(String(decoding: JSONValue.object([.init("data", .array(rows))]).encoded, as: UTF8.self))
      } else {
        context.print(table(rows))
      }
      return .success
    })

  private static func table(_ rows: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "TABLE"), .init(title: "ROWS", isNumber: true), .init(title: "SIZE", isNumber: true),
      .init(title: "KEPT", isNumber: true), .init(title: "BYTES/ROW", isNumber: true), .init(title: "OLDEST (UTC)"),
      .init(title: "NEWEST (UTC)"), .init(title: "NEXT DELETION (UTC)"),
    ])
    for row in rows {
      table.append([
        row["table"]?.string ?? "", number(row["rows"]), size(row["bytes"]),
        row["retention_seconds"]?.int.map(kept) ?? "forever",
        row["bytes_per_row"]?.double.map { NumberText.number(($0 * 10).rounded() / 10) } ?? "",
        row["oldest_day"]?.string ?? "", row["newest_day"]?.string ?? "",
        row["next_deletion_at"]?.string.map { String($0.prefix(16)) } ?? "",
      ])
    }
    let total = rows.reduce(0) { $0 + ($1["bytes"]?.int ?? 0) }
    let rowCount = rows.reduce(0) { $0 + ($1["rows"]?.int ?? 0) }
    table.append([
      "total", NumberText.count(rowCount), ByteCountText.format(Int(clamping: total), like: 1 << 20), "", "", "", "",
      "",
    ])
    return table
  }

  private static func number(_ value: JSONValue?) -> String { NumberText.count(value?.int ?? 0) }
  private static func size(_ value: JSONValue?) -> String {
    ByteCountText.format(Int(clamping: value?.int ?? 0), like: 1 << 20)
  }

  private static func kept(_ seconds: Int64) -> String {
    seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : seconds % 3_600 == 0 ? "\(seconds / 3_600)h" : "\(seconds)s"
  }
}
