import Base
package import Commands
import HTTPTypes
import JSON

/// `scores`: what people and programs say of spans, traces and sessions, listed, added and deleted.
package enum ScoreCommands {
  package static let all = [list, add, delete, names]

  private static let trace = OptionDefinition(
    name: "--trace", value: "ID", meaning: "Of this trace and of its spans.", parameter: .named("trace_id"))
  private static let span = OptionDefinition(
    name: "--span", value: "ID", meaning: "Of this span.", parameter: .named("span_id"))
  private static let session = OptionDefinition(
    name: "--session", value: "ID", meaning: "Of this session itself.", parameter: .named("session_id"))
  private static let name = OptionDefinition(
    name: "--name", value: "NAME", meaning: "What is judged, e.g. helpfulness.", parameter: .named("name"))
  private static let source = OptionDefinition(
    name: "--source", value: "SOURCE", meaning: "Who judges.", choices: sources, parameter: .named("source"))

  private static let sources = ["human", "llm", "code", "api"]
  private static let kinds = ["number", "category", "boolean"]

  private static let list = CommandDefinition(
    path: ["scores", "list"], summary: "List scores of traces, spans and sessions, the newest first.",
    options: ClientOptions.range + [
      name, source, trace, span, session,
      OptionDefinition(
        name: "--min", value: "NUMBER", meaning: "The least value.", parameter: .named("min_value")),
      OptionDefinition(
        name: "--max", value: "NUMBER", meaning: "The greatest value.", parameter: .named("max_value")),
      ClientOptions.limit(default: ClientOptions.limitDefault),
    ] + ClientOptions.connection,
    examples: [
      .init(command: "axonize scores list --name helpfulness --max 0.5", meaning: "Those that did not help.")
    ],
    run: { arguments, context in
      try ListCommand.run(
        "/scores", arguments, context,
        emptyMessage: "There are no such scores. 'axonize scores add' adds one."
      ) { scores in
        var table = Table([
          .init(title: "TIME (UTC)"), .init(title: "NAME", isFlexible: true), .init(title: "VALUE", isFlexible: true),
          .init(title: "SOURCE"), .init(title: "OF", isFlexible: true), .init(title: "COMMENT", isFlexible: true),
          .init(title: "ID", isFlexible: true),
        ])
        for score in scores { table.append(row(score)) }
        return table
      }
    })

  private static let names = CommandDefinition(
    path: ["scores", "names"], summary: "List the names of scores with their counts and means.",
    options: ClientOptions.range + [
      source, ClientOptions.limit(default: ClientOptions.limitDefault),
    ] + ClientOptions.connection,
    run: { arguments, context in
      try ListCommand.run(
        "/score-names", arguments, context, emptyMessage: "There are no scores. 'axonize scores add' adds one."
      ) { names in
        var table = Table([
          .init(title: "NAME", isFlexible: true), .init(title: "KIND"), .init(title: "SCORES", isNumber: true),
          .init(title: "MEAN", isNumber: true), .init(title: "MIN", isNumber: true),
          .init(title: "MAX", isNumber: true), .init(title: "MOST FREQUENT", isFlexible: true),
        ])
        for name in names {
          table.append([
            name["name"]?.string ?? "", name["kind"]?.string ?? "", number(name["count"]), number(name["mean"]),
            number(name["min"]), number(name["max"]), name["categories"]?.array?.first?["name"]?.string ?? "",
          ])
        }
        return table
      }
    })

  private static let add = CommandDefinition(
    path: ["scores", "add"], summary: "Score a trace, a span or a session.",
    discussion:
      "The value is a number, true or false, or else a category; --kind says which where it could be several. With --id a "
      + "score takes the place of an earlier one with that id.",
    operands: [
      OperandDefinition(name: "name", meaning: "What is judged, e.g. helpfulness."),
      OperandDefinition(name: "value", meaning: "A number, true, false, or a category."),
    ],
    options: [
      OptionDefinition(name: "--trace", value: "ID", meaning: "The trace, or that of the span."),
      OptionDefinition(name: "--span", value: "ID", meaning: "The span of the trace."),
      OptionDefinition(name: "--session", value: "ID", meaning: "The session."),
      OptionDefinition(name: "--kind", value: "KIND", meaning: "The kind of the value.", choices: kinds),
      OptionDefinition(
        name: "--source", value: "SOURCE", meaning: "Who judges. Default: human.", choices: sources),
      OptionDefinition(name: "--comment", value: "TEXT", meaning: "Why."),
      OptionDefinition(name: "--author", value: "NAME", meaning: "Who it is."),
      OptionDefinition(name: "--id", value: "ID", meaning: "The score's id. Default: one of the server's."),
      ClientOptions.idempotencyKey,
    ] + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize scores add helpfulness 0.9 --trace 4bf92f3577b34da6a3ce929d0e0e4736",
        meaning: "Say that a trace helped.")
    ],
    run: { arguments, context in
      guard arguments.has("--trace") != arguments.has("--session") else {
        throw CommandFailure(.usage, "Give --trace or --session, and only one of them: a score is about one thing.")
      }
      guard !arguments.has("--span") || arguments.has("--trace") else {
        throw CommandFailure(.usage, "--span needs --trace, the trace of the span.")
      }
      let body = try body(arguments)
      let response = try APIClient(arguments, context).change(.post, "/scores", body: body)
      if arguments.has("--json") {
        context.print(String(decoding: response.bytes, as: UTF8.self))
      } else {
        let id = response.value["data"]?["ids"]?.array?.first?.string ?? ""
        context.print("added \(TextWidth.visible(id))")
      }
      return .success
    })

  private static let delete = CommandDefinition(
    path: ["scores", "delete"], summary: "Delete a score.",
    operands: [OperandDefinition(name: "score-id", meaning: "An id that 'axonize scores list' shows.")],
    options: [ClientOptions.idempotencyKey] + ClientOptions.connection,
    run: { arguments, context in
      let id = arguments.operands[0]
      _ = try APIClient(arguments, context).change(
        .delete, "/scores/\(PercentEncoding.encode(id))", hints: ["not_found": "'axonize scores list' lists them."])
      if arguments.has("--json") {
        context.printJSON { $0.member("id", id) }
      } else {
        context.print("deleted \(TextWidth.visible(id))")
      }
      return .success
    })

  // MARK: - Requests and output

  private static func body(_ arguments: ParsedArguments) throws(CommandFailure) -> [UInt8] {
    let value = try value(arguments.operands[1], kind: arguments["--kind"])
    var score: [JSONValue.Member] = [.init("name", .string(arguments.operands[0])), .init("value", value)]
    let members = [
      ("--id", "id"), ("--trace", "trace_id"), ("--span", "span_id"), ("--session", "session_id"),
      ("--comment", "comment"), ("--author", "author"),
    ]
    for (option, member) in members {
      if let text = arguments[option] { score.append(.init(member, .string(text))) }
    }
    score.append(.init("source", .string(arguments["--source"] ?? sources[0])))
    return JSONValue.object([.init("scores", .array([.object(score)]))]).encoded
  }

  private static func value(_ text: String, kind: String?) throws(CommandFailure) -> JSONValue {
    let flag = text == "true" ? true : text == "false" ? false : nil
    let number = Double(text).flatMap { $0.isFinite ? $0 : nil }
    switch kind {
    case "category": return .string(text)
    case "boolean":
      guard let flag else { throw CommandFailure(.usage, "A boolean is true or false.") }
      return .bool(flag)
    case "number":
      guard let number else { throw CommandFailure(.usage, "'\(TextWidth.visible(text))' is not a number.") }
      return .number(.double(number))
    default:
      if let flag { return .bool(flag) }
      return number.map { .number(.double($0)) } ?? .string(text)
    }
  }

  private static func row(_ score: JSONValue) -> [String] {
    let target =
      (score["span_id"]?.string).map { "span \($0)" } ?? (score["trace_id"]?.string).map { "trace \($0)" }
      ?? "session \(score["session_id"]?.string ?? "")"
    let time = score["time"]?.string.flatMap { RFC3339.parse($0) }
    return [
      time.map { NumberText.time($0) } ?? "", score["name"]?.string ?? "", value(score["value"]),
      score["source"]?.string ?? "", target, score["comment"]?.string ?? "", score["id"]?.string ?? "",
    ]
  }

  private static func value(_ value: JSONValue?) -> String {
    if let flag = value?.bool { return flag ? "true" : "false" }
    return value?.string ?? number(value)
  }

  private static func number(_ value: JSONValue?) -> String {
    guard let value, !value.isNull else { return "" }
    if let whole = value.int { return "\(whole)" }
    return value.double.map { NumberText.number($0) } ?? ""
  }
}
