import Commands
import JSON

/// A view of the API as a search that a command runs.
struct SavedSearch {
  private let list: String
  private let parameters: [String: String]

  init(_ view: JSONValue) {
    list = view["list"]?.string ?? ""
    parameters = SavedViewText(view).parameters
  }

  /// Shows what it finds.
  ///
  /// What options of the command line stand for goes before its own parameters.
  func run(
    _ arguments: ParsedArguments, _ client: APIClient, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    guard let list = context.lists.first(where: { $0.name == list }) else {
      throw CommandFailure(
        .failure,
        "The view is of the list '\(TextWidth.visible(list))', which this version of axonize cannot show. "
          + "Use the version of the server.")
    }
    // Pages are the command's own work.
    let given = Set(try ClientOptions.query(arguments, now: context.now()).map(\.0)).union(["limit", "cursor"])
    let own = parameters.filter { !given.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let limit = parameters["limit"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    return try ListCommand.run(
      "/\(list.name)", arguments, context, client: client, parameters: own,
      limitDefault: limit ?? ClientOptions.limitDefault, list.table)
  }
}
