import Commands
import HTTPTypes
import JSON

/// A machine that a command line names.
enum NodeLookup {
  /// How many of those that there are an error names.
  private static let nameCountMax = 10

  /// Fails where there is no machine of a name, and says which there are.
  static func require(_ name: String, _ client: APIClient) throws(CommandFailure) {
    do throws(CommandFailure) {
      _ = try client.get("/nodes/\(PercentEncoding.encode(name))")
    } catch {
      guard error.code == .notFound else { throw error }
      let page = try client.get("/nodes", [("limit", "\(nameCountMax)")]).value
      let names = (page["data"]?.array ?? []).compactMap { $0["name"]?.string }.map { "'\(TextWidth.visible($0))'" }
      let found =
        names.isEmpty
        ? "No machine has reported to the server."
        : "There are: \(names.joined(separator: ", "))"
          + (page["next_cursor"]?.string == nil ? "." : ", and more, which 'axonize nodes' lists.")
      throw CommandFailure(.notFound, "There is no machine '\(TextWidth.visible(name))'. \(found)")
    }
  }
}
