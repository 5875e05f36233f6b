import Base
import Commands
import JSON

/// A view of the API as text.
struct SavedViewText {
  private let view: JSONValue

  init(_ view: JSONValue) { self.view = view }

  var parameters: [String: String] {
    Dictionary((view["parameters"]?.members ?? []).map { ($0.key, $0.value.string ?? "") }) { $1 }
  }

  /// A row of the list.
  var row: [String] {
    [
      text("id"), text("name"), text("list"), pairs.joined(separator: " "),
      view["revision"]?.int.map { String($0) } ?? "", String(text("updated_at").prefix(16)),
    ]
  }

  /// A line for each of its parts.
  var lines: [String] {
    let members = [
      ("id", text("id")), ("name", text("name")), ("list", text("list")),
      ("revision", view["revision"]?.int.map { String($0) } ?? ""), ("created", text("created_at")),
      ("updated", text("updated_at")), ("updated by", view["updated_by"]?.string ?? "-"),
    ]
    return members.map { Self.line($0.0, $0.1) } + pairs.map { Self.line("parameter", $0) }
  }

  private static func line(_ name: String, _ value: String) -> String {
    "\(TextWidth.pad(name, to: 10))  \(TextWidth.visible(value))"
  }

  private var pairs: [String] { parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }

  private func text(_ member: String) -> String { view[member]?.string ?? "" }
}
