package import JSON

/// What commands that list things of the API have in common.
package enum ListCommand {
  /// The most rows that are asked for at once.
  private static let rowCountMax = 500
  /// What is said of a list of things that have a time.
  package static let emptyMessage = "Nothing matches. --since widens the range of time."

  /// Asks for as many pages as the limit needs, and writes a table, or one JSON object with all rows under `data`.
  ///
  /// - Parameters:
  ///   - client: what asks the server; made of the arguments by default.
  ///   - parameters: what goes before the parameters that options stand for.
  ///   - isPaged: whether the endpoint responds in pages; one that does not sends everything at once.
  ///   - pageRowCountMax: the most rows that the endpoint takes as a `limit`; 500 are asked for at most.
  ///   - limitDefault: how many rows are shown where no option says it.
  ///   - emptyMessage: what is said where there is nothing.
  ///   - table: the table of the rows.
  package static func run(
    _ path: String, _ arguments: ParsedArguments, _ context: CommandContext, client: APIClient? = nil,
    parameters: [(String, String)] = [], isPaged: Bool = true, pageRowCountMax: Int = .max,
    limitDefault: Int = ClientOptions.limitDefault, emptyMessage: @autoclosure () -> String = ListCommand.emptyMessage,
    _ table: ([JSONValue]) -> Table
  ) throws(CommandFailure) -> ExitCode {
    try show(
      path, arguments, context, client: client, parameters: parameters, isPaged: isPaged,
      pageRowCountMax: pageRowCountMax, limitDefault: limitDefault, emptyMessage: emptyMessage()
    ) { context.print(table($0)) }
  }

  /// The same for rows that are not shown as a table.
  ///
  /// - Parameter print: shows the rows, of which there are some.
  package static func show(
    _ path: String, _ arguments: ParsedArguments, _ context: CommandContext, client: APIClient? = nil,
    parameters: [(String, String)] = [], isPaged: Bool = true, pageRowCountMax: Int = .max,
    limitDefault: Int = ClientOptions.limitDefault, emptyMessage: @autoclosure () -> String = ListCommand.emptyMessage,
    _ print: ([JSONValue]) -> Void
  ) throws(CommandFailure) -> ExitCode {
    let client = if let client { client } else { try APIClient(arguments, context) }
    let query = try parameters + ClientOptions.query(arguments, now: context.now())
    let limit = isPaged ? arguments["--limit"].flatMap { Int($0) } ?? limitDefault : Int.max
    var rows: [JSONValue] = []
    var cursor: String?
    repeat {
      var page = query
      if isPaged { page.append(("limit", String(min(limit - rows.count, pageRowCountMax, rowCountMax)))) }
      if let cursor { page.append(("cursor", cursor)) }
      let response = try client.get(path, page).value
      rows += response["data"]?.array ?? []
      cursor = response["next_cursor"]?.string
      for warning in response["warnings"]?.array?.compactMap(\.string) ?? [] {
        context.writeError("warning: \(TextWidth.visible(warning))\n")
      }
    } while cursor != nil && rows.count < limit
    if arguments.has("--json") {
      let value = JSONValue.object([
        .init("data", .array(rows)), .init("next_cursor", cursor.map(JSONValue.string) ?? .null),
      ])
      context.print(String(decoding: value.encoded, as: UTF8.self))
    } else if rows.isEmpty {
      context.writeError("\(emptyMessage())\n")
    } else {
      print(rows)
      // A user who set a limit knows that there may be more.
      if cursor != nil, !arguments.has("--limit") {
        context.writeError("\(rows.count) shown; there are more. Use -n COUNT to see them.\n")
      }
    }
    return .success
  }
}
