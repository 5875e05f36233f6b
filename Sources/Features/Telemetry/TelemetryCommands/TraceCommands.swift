import Base
package import Commands
import JSON

/// `traces`, `trace`, `spans`, `services` and `tail`.
package enum TraceCommands {
  package static let all = [traces, trace, spans, services, tail]

  private static let traces = CommandDefinition(
    path: ["traces"], summary: "List traces, newest first.",
    discussion: "Lists the traces with a span that every filter matches. Without a range, the server's: the last hour.",
    options: ClientOptions.range + TelemetryOptions.filters + [
      TelemetryOptions.sort, ClientOptions.limit(default: ClientOptions.limitDefault),
    ]
      + ClientOptions.connection,
    examples: [
      .init(command: "axonize traces --since 1h --status error", meaning: "The traces of the last hour with an error."),
      .init(
        command: "axonize traces --model llama-3.1-8b --min-duration 2s --sort -duration",
        meaning: "The slowest first."),
      .init(
        command: "axonize traces -q '{ resource.service.name = \"chat\" && duration > 200ms }' --json",
        meaning: "By a query, as JSON."),
    ], list: ListDefinition("traces", table: traceTable))

  private static let trace = CommandDefinition(
    path: ["trace"], summary: "Show a trace as a tree with a time bar.",
    discussion: "Spans on GPUs that the server knows have their energy, with that of the spans within them.",
    operands: [TraceLookup.operand],
    options: TraceLookup.options + [
      OptionDefinition(name: "--attributes", meaning: "Show the attributes, events and links of every span as well.")
    ] + ClientOptions.connection,
    examples: [
      .init(command: "axonize trace latest", meaning: "The newest trace as a tree."),
      .init(command: "axonize trace 4bf92f", meaning: "The trace whose id begins with these digits."),
      .init(command: "axonize trace 4bf92f3577b34da6a3ce929d0e0e4736 --json", meaning: "Everything, as JSON."),
    ], run: showTrace)

  private static let spans = CommandDefinition(
    path: ["spans"], summary: "List spans, newest first.",
    options: ClientOptions.range + TelemetryOptions.filters + [
      TelemetryOptions.sort, ClientOptions.limit(default: ClientOptions.limitDefault),
    ]
      + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize spans --query '{ span.gen_ai.operation.name = \"chat\" && status = error }'",
        meaning: "Failed chats."),
      .init(command: "axonize spans -a gen_ai.request.temperature=0.7", meaning: "By an attribute."),
    ], list: ListDefinition("spans", table: spanTable))

  private static let services = CommandDefinition(
    path: ["services"], summary: "List the services that sent spans.",
    options: ClientOptions.range + ClientOptions.connection,
    examples: [.init(command: "axonize services --since 7d", meaning: "Those of the last week.")], run: listServices)

  private static let tail = CommandDefinition(
    path: ["tail"], summary: "Show spans as they are stored, until interrupted.",
    discussion:
      "Ends with code 3 when the server stops, and with code 1 when the server ends it for another reason: one "
      + "tail lasts at most an hour.",
    options: TelemetryOptions.filters + [
      OptionDefinition(
        name: "--limit", letter: "-n", value: "COUNT", meaning: "Stop after this many.",
        check: { Int($0).map { $0 > 0 } == true ? nil : "a number from 1" })
    ] + ClientOptions.connection,
    examples: [.init(command: "axonize tail --service chat", meaning: "The spans of one service.")], run: follow)

  // MARK: Running

  @Sendable private static func traceTable(_ traces: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "START (UTC)"), .init(title: "TRACE", isID: true), .init(title: "ROOT", isFlexible: true),
      .init(title: "SERVICE", isFlexible: true), .init(title: "DURATION", isNumber: true),
      .init(title: "SPANS", isNumber: true),
      .init(title: "ERRORS", isNumber: true, color: { $1.contains { $0 != "0" && $0 != " " } ? $0.red($1) : $1 }),
      .init(title: "MODELS", isFlexible: true), .init(title: "TOKENS", isNumber: true),
    ])
    for trace in traces {
      table.append([
        NumberText.time(UnixNanoseconds(trace["start_time_unix_nano"]?.string.flatMap { Int64($0) } ?? 0)),
        trace["trace_id"]?.string ?? "", trace["root_name"]?.string ?? "-", trace["root_service"]?.string ?? "-",
        NumberText.duration(integer(trace["duration_ns"])), NumberText.count(integer(trace["span_count"])),
        NumberText.count(integer(trace["error_count"])),
        (trace["models"]?.array ?? []).compactMap(\.string).joined(separator: ","),
        NumberText.tokens(input: integer(trace["input_tokens"]), output: integer(trace["output_tokens"])),
      ])
    }
    return table
  }

  @Sendable private static func spanTable(_ spans: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "START (UTC)"), .init(title: "TRACE", isID: true), .init(title: "SPAN", isID: true),
      .init(title: "NAME", isFlexible: true), .init(title: "SERVICE", isFlexible: true),
      .init(title: "DURATION", isNumber: true),
      .init(title: "STATUS", color: { $1.hasPrefix("error") ? $0.red($1) : $1 }),
      .init(title: "MODEL", isFlexible: true), .init(title: "TOKENS", isNumber: true),
    ])
    for span in spans.map(SpanView.init) {
      table.append([
        NumberText.time(UnixNanoseconds(span.start)), span.traceID, span.id, span.name, span.service,
        NumberText.duration(span.duration), span.status, span.model, span.tokens,
      ])
    }
    return table
  }

  @Sendable private static func listServices(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    try ListCommand.run("/services", arguments, context, isPaged: false) { services in
      var table = Table([
        .init(title: "SERVICE", isFlexible: true), .init(title: "SPANS", isNumber: true),
        .init(title: "ERRORS", isNumber: true),
      ])
      for service in services {
        table.append([
          service["name"]?.string ?? "", NumberText.count(integer(service["span_count"])),
          NumberText.count(integer(service["error_count"])),
        ])
      }
      return table
    }
  }

  @Sendable private static func showTrace(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    let client = try APIClient(arguments, context)
    let id = try TraceLookup.id(arguments.operands[0], client, arguments, context)
    let response = try client.get("/traces/\(id)")
    if arguments.has("--json") {
      context.print(String(decoding: response.bytes, as: UTF8.self))
      return .success
    }
    let trace = response.value["data"] ?? .null
    var spans = (trace["spans"]?.array ?? []).map(SpanView.init)
    if spans.contains(where: \.namesGPUs) {
      let joules = SpanEnergy.joules(id, client, context)
      for index in spans.indices { spans[index].joules = joules[spans[index].id] }
    }
    let style = Style(isOn: context.colors)
    context.print(summary(id, trace, spans, style))
    context.print("")
    for line in TraceTree(spans).lines(width: context.columnCount, style: style) { context.print(line) }
    if arguments.has("--attributes") { SpanDetailText.write(spans, style, context) }
    if trace["truncated"]?.bool == true {
      context.writeError("The trace has more spans than one response holds; these are the first \(spans.count).\n")
    }
    return .success
  }

  private static func summary(_ id: TraceID, _ trace: JSONValue, _ spans: [SpanView], _ style: Style) -> String {
    let errors = spans.count(where: \.isError)
    var known: Set<String> = []
    let services = spans.sorted { $0.start < $1.start }.map(\.service).filter { known.insert($0).inserted }
    let parts = [
      NumberText.time(UnixNanoseconds(spans.map(\.start).min() ?? 0)) + " UTC",
      NumberText.duration(integer(trace["duration_ns"])), plural(spans.count, "span"),
      errors > 0 ? style.red(plural(errors, "error")) : "no error", services.joined(separator: ", "),
    ]
    return style.bold("trace \(id)") + "\n" + parts.joined(separator: " · ")
  }

  private static func plural(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

  private static func integer(_ value: JSONValue?) -> Int64 { value.flatMap { SpanView.integer($0) } ?? 0 }

  @Sendable private static func follow(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    let client = try APIClient(arguments, context)
    let limit = arguments["--limit"].flatMap { Int($0) } ?? Int.max
    let style = Style(isOn: context.colors)
    var count = 0
    try client.lines("/tail", try ClientOptions.query(arguments, now: context.now())) { line throws(CommandFailure) in
      guard let value = try? JSONValue(parsing: line) else {
        throw CommandFailure(.failure, "The server sent a line that is not JSON.")
      }
      if let skipped = value["skipped_span_count"]?.int {
        context.writeError("warning: \(skipped) spans are not shown; more came than a tail shows. Filters help.\n")
        return true
      }
      if arguments.has("--json") {
        context.print(String(decoding: line, as: UTF8.self))
      } else {
        context.print(tailLine(SpanView(value), style))
      }
      count += 1
      return count < limit
    }
    return .success
  }

  private static func tailLine(_ span: SpanView, _ style: Style) -> String {
    var parts = [
      style.dim(NumberText.clock(UnixNanoseconds(span.start))), span.traceID, TextWidth.pad(span.service, to: 16),
      span.isError ? style.red(span.name) : span.name, NumberText.duration(span.duration),
    ]
    parts += span.details(style).map(\.styled)
    return parts.joined(separator: "  ")
  }
}
