import BlockingHTTPClient
import Commands
import Configuration
import Features
import HTTPTypes
import JSON

/// `doctor`: looks at everything a server needs, and says what to do.
enum DoctorCommand {
  static let definition = CommandDefinition(
    path: ["doctor"], summary: "Check that a server can run here, and say what to do.",
    discussion: "Takes the settings of 'axonize serve'. It changes nothing. With --server it looks at a running server "
      + "instead, as a client with the key in AXONIZE_API_KEY sees it.",
    options: [
      OptionDefinition(
        name: "--server", value: "URL", meaning: "Check the server at this URL instead of this machine."),
      OptionDefinition.json,
    ] + SettingOptions.all(Features.settings),
    examples: [
      .init(command: "axonize doctor", meaning: "Before the first start, or when a server does not start."),
      .init(command: "axonize doctor --server https://axonize.example", meaning: "When a client cannot get through."),
    ], run: run)

  @Sendable private static func run(_ arguments: ParsedArguments, _ context: CommandContext) throws -> ExitCode {
    if arguments.has("--server") {
      return report(try ServerChecks(arguments, context).findings(), arguments, context, good: "The server works.")
    }
    let configuration = try SettingOptions.load(arguments, context)
    let findings =
      [Finding(.fine, "configuration", "every value is valid")] + MachineChecks.dataDirectory(configuration)
      + [engine(configuration, context)] + addresses(configuration, context)
      + [
        MachineChecks.openFiles(configuration), MachineChecks.memory(configuration), MachineChecks.clock(),
        MachineChecks.nvidia(),
      ]
    return report(findings, arguments, context, good: "A server can run here.")
  }

  private static func report(
    _ findings: [Finding], _ arguments: ParsedArguments, _ context: CommandContext, good: String
  ) -> ExitCode {
    if arguments.has("--json") { writeJSON(findings, context) } else { write(findings, context, good: good) }
    return findings.contains { $0.level == .problem } ? .failure : .success
  }

  private static func engine(_ configuration: Configuration, _ context: CommandContext) -> Finding {
    do {
      return Finding(.fine, "analytics engine", try context.probeEngine(configuration))
    } catch {
      return Finding(
        .problem, "analytics engine", "\(error)",
        remedy: "Install it with 'make setup', or set engine.library (AXONIZE_ENGINE_LIBRARY) to where it is.")
    }
  }

  private static func addresses(_ configuration: Configuration, _ context: CommandContext) -> [Finding] {
    [Settings.http, Settings.otlpGRPC, Settings.otlpHTTP].map { setting in
      let address = configuration[setting]
      guard let failure = MachineChecks.failureToListen(address) else {
        return Finding(.fine, setting.declaration.key, address == .off ? "off" : "\(address) is free")
      }
      if failure.isInUse, isOurs(address, context) {
        return Finding(.note, setting.declaration.key, "a server of Axonize runs at \(address)")
      }
      return Finding(
        .problem, setting.declaration.key, "\(address) cannot be listened on: \(failure.reason)",
        remedy: failure.isInUse
          ? "Stop what listens there ('ss -ltnp' shows it), or set \(setting.declaration.key) to another address."
          : "Set \(setting.declaration.key) to an address of this machine and a port that its user may take.")
    }
  }

  /// Whether one of our servers answers at an address.
  private static func isOurs(_ address: ListenAddress, _ context: CommandContext) -> Bool {
    guard let server = ServerURL("http://\(address)") else { return false }
    var body: [UInt8] = []
    do throws(BlockingHTTPError) {
      let status = try context.request(server, .get, "/healthz", [:]) { _, part in
        body += part
        return body.count < 4096
      }
      return status == 200
    } catch {
      return false
    }
  }

  private static func write(_ findings: [Finding], _ context: CommandContext, good: String) {
    let style = Style(isOn: context.colors)
    let width = findings.map { TextWidth.of($0.title) }.max() ?? 0
    for finding in findings {
      let mark =
        switch finding.level {
        case .fine: style.green("ok     ")
        case .note: style.dim("note   ")
        case .warning: style.yellow("warning")
        case .problem: style.red("problem")
        }
      context.print("\(mark)  \(TextWidth.pad(finding.title, to: width))  \(TextWidth.visible(finding.detail))")
      if !finding.remedy.isEmpty { context.print(String(repeating: " ", count: width + 11) + finding.remedy) }
    }
    let problems = findings.count { $0.level == .problem }
    context.print("")
    context.print(
      problems == 0 ? good : "\(problems) problem\(problems == 1 ? "" : "s") to fix.")
  }

  private static func writeJSON(_ findings: [Finding], _ context: CommandContext) {
    context.printJSON { writer in
      writer.key("data")
      writer.array { writer in
        for finding in findings {
          writer.object { writer in
            writer.member("level", finding.level.rawValue)
            writer.member("check", finding.title)
            writer.member("detail", finding.detail)
            writer.member("remedy", finding.remedy.isEmpty ? nil : finding.remedy)
          }
        }
      }
    }
  }
}

/// What one check found.
struct Finding {
  /// How grave it is.
  enum Level: String { case fine, note, warning, problem }

  let level: Level
  let title: String
  let detail: String
  let remedy: String

  init(_ level: Level, _ title: String, _ detail: String, remedy: String = "") {
    self.level = level
    self.title = title
    self.detail = detail
    self.remedy = remedy
  }
}
