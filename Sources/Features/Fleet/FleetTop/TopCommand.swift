import Base
package import Commands
import System

/// `top`.
package enum TopCommand {
  private static let node = OptionDefinition(
    name: "--node", value: "NAME", meaning: "Only this machine, its GPUs and the requests on them.")
  private static let once = OptionDefinition(
    name: "--once", meaning: "Write one frame and end, as it does where there is no terminal.")
  private static let interval = OptionDefinition(
    name: "--interval", value: "DURATION", meaning: "Between two frames, from 200ms to 1m. Default: 1s.",
    check: { duration($0, from: .milliseconds(200), to: .seconds(60)) == nil ? "a duration from 200ms to 1m" : nil })
  private static let window = OptionDefinition(
    name: "--window", value: "DURATION",
    meaning: "How far back spans may have begun to be counted, from 1s to 15m. Default: 60s.",
    check: { duration($0, from: .seconds(1), to: .seconds(900)) == nil ? "a duration from 1s to 15m" : nil })

  private static func duration(_ text: String, from least: Duration, to greatest: Duration) -> Duration? {
    DurationText.duration(text).flatMap { $0 >= least && $0 <= greatest ? $0 : nil }
  }

  package static let definition = CommandDefinition(
    path: ["top"], summary: "Watch machines, their GPUs and the requests on them, live.",
    discussion:
      "Shows the newest values of all machines of a server, anew each second, with the parts of divided GPUs. Keys: q "
      + "ends it, j and k or the arrows choose a row, Enter shows more about it, s changes the order, ? shows all keys. "
      + "While the server does not respond, the head says so, with the age of what is shown. Requests are spans that "
      + "name a GPU and began within --window, the newest 500 at most; what still runs is not stored yet, and not shown.",
    options: [node, window, interval, once] + ClientOptions.connection,
    examples: [
      .init(command: "axonize top", meaning: "Everything, live."),
      .init(command: "axonize top --node gpu1 --once", meaning: "One machine, now."),
      .init(command: "axonize top --json", meaning: "One frame as JSON, for scripts."),
    ],
    run: { arguments, context in
      var options = TopOptions(node: arguments["--node"])
      options.window = arguments["--window"].flatMap(DurationText.duration) ?? options.window
      options.interval = arguments["--interval"].flatMap(DurationText.duration) ?? options.interval
      let isLive =
        !arguments.has("--once") && !arguments.has("--json") && context.columnCount != nil && TerminalScreen.isThere
      return try isLive ? watch(arguments, context, options) : writeOnce(arguments, context, options)
    })

  private static func writeOnce(
    _ arguments: ParsedArguments, _ context: CommandContext, _ options: TopOptions
  ) throws -> ExitCode {
    let client = try APIClient(arguments, context)
    var reader = TopReader(client, options)
    let now = context.now()
    let frame = try reader.frame(at: now)
    if arguments.has("--json") {
      context.printJSON { frame.write(&$0) }
      return .success
    }
    let text = TopText(
      server: "\(client.server)", style: Style(isOn: context.colors), width: context.columnCount, height: nil)
    for line in text.lines(frame, .current, TopView(), now: now) { context.print(line) }
    return .success
  }

  private static func watch(
    _ arguments: ParsedArguments, _ context: CommandContext, _ options: TopOptions
  ) throws -> ExitCode {
    var quiet = context
    // Warnings would be written across the screen; those about the connection are the same for each request.
    quiet.writeError = { _ in }
    _ = try APIClient(arguments, context)
    let client = try APIClient(arguments, quiet)
    let source = try TopSource(interval: options.interval)
    let screen = TopScreen(
      server: "\(client.server)", style: Style(isOn: context.colors), now: context.now)
    return try screen.run(source) { try source.start(TopReader(client, options), now: context.now) }
  }
}
