import Base
package import Commands
import HTTPTypes
import JSON

/// `views`: saved views of a server, listed, shown, run, made, changed and deleted through its REST API.
package enum ViewCommands {
  package static let all = [list, show, run, create, update, delete]

  private static let lists = ["traces", "spans", "sessions", "users", "logs"]
  /// The most that the endpoint takes as a `limit`.
  private static let pageRowCountMax = 100

  private static let id = OperandDefinition(name: "view-id", meaning: "An id that 'axonize views list' shows.")
  private static let notFoundHint = ["not_found": "'axonize views list' lists them."]

  private static func listOption(_ meaning: String) -> OptionDefinition {
    OptionDefinition(name: "--list", value: "LIST", meaning: meaning, choices: lists)
  }

  private static let parameter = OptionDefinition(
    name: "--parameter", letter: "-p", value: "NAME=VALUE",
    meaning: "A parameter of the list as the REST API names it, e.g. status=error. May be repeated.",
    isRepeatable: true,
    check: { text in
      guard let sign = text.firstIndex(of: "="), sign > text.startIndex else { return "NAME=VALUE, e.g. status=error" }
      return nil
    })

  private static let list = CommandDefinition(
    path: ["views", "list"], summary: "List saved views.",
    options: [ClientOptions.limit(default: ClientOptions.limitDefault)] + ClientOptions.connection,
    run: { arguments, context in
      try ListCommand.run(
        "/views", arguments, context, pageRowCountMax: pageRowCountMax,
        emptyMessage: "There are no saved views. 'axonize views create' makes one."
      ) { views in
        var table = Table([
          .init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "LIST"),
          .init(title: "PARAMETERS", isFlexible: true), .init(title: "REVISION", isNumber: true),
          .init(title: "UPDATED (UTC)"),
        ])
        for view in views { table.append(SavedViewText(view).row) }
        return table
      }
    })

  private static let show = CommandDefinition(
    path: ["views", "show"], summary: "Show a saved view.", operands: [id], options: ClientOptions.connection,
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      write(try client.get(path(arguments.operands[0]), hints: notFoundHint), arguments, context)
      return .success
    })

  private static let run = CommandDefinition(
    path: ["views", "run"], summary: "List what a saved view finds.",
    discussion:
      "Shows what the command of the view's list shows, such as 'axonize traces'. Options go before the parameters of the "
      + "view.", operands: [id],
    options: ClientOptions.range + [
      ClientOptions.limit(default: ClientOptions.limitDefault, after: "the view's limit, else ")
    ] + ClientOptions.connection,
    examples: [
      .init(command: "axonize views run 0a5a9c1c6f11d0e8 --since 1d", meaning: "What it finds in the last day.")
    ],
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      let view = try client.get(path(arguments.operands[0]), hints: notFoundHint).value["data"] ?? .null
      return try SavedSearch(view).run(arguments, client, context)
    })

  private static let create = CommandDefinition(
    path: ["views", "create"], summary: "Save a search as a view.",
    operands: [OperandDefinition(name: "name", meaning: "What people call it; unique in the tenant.")],
    options: [
      listOption("The list that it is of. Default: traces."), parameter,
      OptionDefinition(
        name: "--id", value: "ID", meaning: "Its id, 1 to 64 of A-Z a-z 0-9 _ and -. Default: one of the server's."),
      ClientOptions.idempotencyKey,
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize views create 'Errors of chat' -p service=chat -p status=error",
        meaning: "Traces of the service chat with an error.")
    ],
    run: { arguments, context in
      let parameters = try parameters(arguments)
      let client = try APIClient(arguments, context)
      let body = body(name: arguments.operands[0], list: arguments["--list"] ?? lists[0], parameters: parameters)
      let response =
        if let id = arguments["--id"] {
          try client.change(
            .put, path(id), body: body, condition: .absent,
            hints: ["precondition_failed": "'axonize views update \(TextWidth.visible(id))' changes it."])
        } else {
          try client.change(.post, "/views", body: body)
        }
      write(response, arguments, context)
      return .success
    })

  private static let update = CommandDefinition(
    path: ["views", "update"], summary: "Change a saved view.",
    discussion:
      "What no option names stays the same. A concurrent change by somebody else is not overwritten: the "
      + "command fails, and can be repeated.", operands: [id],
    options: [
      OptionDefinition(name: "--name", value: "NAME", meaning: "Another name."), listOption("Another list."), parameter,
      OptionDefinition(
        name: "--remove", value: "NAME", meaning: "Remove a parameter. May be repeated.", isRepeatable: true),
      ClientOptions.revision, ClientOptions.idempotencyKey,
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize views update 0a5a9c1c6f11d0e8 -p model=llama-3 --remove status",
        meaning: "Set a parameter and remove another.")
    ],
    run: { arguments, context in
      let changes = ["--name", "--list", "--parameter", "--remove"]
      guard changes.contains(where: arguments.has) else {
        throw CommandFailure(.usage, "Nothing to change: give at least one of \(changes.joined(separator: ", ")).")
      }
      let settings = try Self.parameters(arguments)
      let client = try APIClient(arguments, context)
      let path = path(arguments.operands[0])
      let current = try client.get(path, hints: notFoundHint)
      let view = current.value["data"]
      var parameters = SavedViewText(view ?? .null).parameters
      let removed = arguments.all("--remove")
      let unknown = removed.first { parameters[$0] == nil }.map {
        CommandFailure(.usage, unknownParameter($0, among: parameters.keys.sorted()))
      }
      if let unknown, !arguments.has("--idempotency-key") { throw unknown }
      for name in removed { parameters[name] = nil }
      parameters.merge(settings) { $1 }
      let body = body(
        name: arguments["--name"] ?? view?["name"]?.string ?? "",
        list: arguments["--list"] ?? view?["list"]?.string ?? "", parameters: parameters)
      var condition = ClientOptions.condition(arguments)
      if condition == .none, let tag = current.entityTag { condition = .unchanged(tag) }
      guard let unknown else {
        write(try client.change(.put, path, body: body, condition: condition), arguments, context)
        return .success
      }
      // Who repeats a change with its key finds what it removed gone. Only the server knows whether it is a repeat: it then
      // responds as it did before, and else refuses a revision that no view has.
      let response = try client.change(
        .put, path, body: body, condition: .unchanged("\"0\""), refusals: ["precondition_failed": unknown])
      write(response, arguments, context)
      return .success
    })

  private static let delete = CommandDefinition(
    path: ["views", "delete"], summary: "Delete a saved view.", operands: [id],
    options: [ClientOptions.revision, ClientOptions.idempotencyKey] + ClientOptions.connection,
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      let id = arguments.operands[0]
      _ = try client.change(.delete, path(id), condition: ClientOptions.condition(arguments), hints: notFoundHint)
      if arguments.has("--json") {
        context.printJSON { $0.member("id", id) }
      } else {
        context.print("deleted \(TextWidth.visible(id))")
      }
      return .success
    })

  // MARK: - Requests and output

  private static func path(_ id: String) -> String { "/views/\(PercentEncoding.encode(id))" }

  private static func parameters(_ arguments: ParsedArguments) throws(CommandFailure) -> [String: String] {
    var parameters: [String: String] = [:]
    for text in arguments.all("--parameter") {
      guard let sign = text.firstIndex(of: "=") else { continue }
      let name = String(text[..<sign])
      guard parameters.updateValue(String(text[text.index(after: sign)...]), forKey: name) == nil else {
        throw CommandFailure(
          .usage, "--parameter gives '\(TextWidth.visible(name))' twice; a view has one value of each parameter.")
      }
    }
    return parameters
  }

  private static func unknownParameter(_ name: String, among names: [String]) -> String {
    let known = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
    return TextWidth.visible("--remove: the view has no parameter '\(name)'; \(known).")
  }

  private static func body(name: String, list: String, parameters: [String: String]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("name", name)
      writer.member("list", list)
      writer.key("parameters")
      writer.object { writer in
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
      }
    }
    return writer.bytes
  }

  private static func write(_ response: APIResponse, _ arguments: ParsedArguments, _ context: CommandContext) {
    if arguments.has("--json") {
      context.print(String(decoding: response.bytes, as: UTF8.self))
    } else {
      for line in SavedViewText(response.value["data"] ?? .null).lines { context.print(line) }
    }
  }
}
