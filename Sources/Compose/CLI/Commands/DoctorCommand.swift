import Commands
import Configuration
import Features
import JSON

/// `doctor`: looks at everything a server needs, and says what to do.
enum DoctorCommand {
  static let definition = CommandDefinition(
    path: ["doctor"], summary: "Check that a server can run here, and say what to do.",
    discussion:
      "Takes the settings of 'axonize serve'. It changes nothing. A server that runs here already is named and "
      + "checked. With --server it looks at a running server instead, as a client with the key in AXONIZE_API_KEY sees it.",
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
    let server = LocalServer(configuration, context)
    let checks = try server.url.map { try ServerChecks(server: $0, arguments, context).findings() }
    let findings =
      self.configuration(configuration) + MachineChecks.dataDirectory(configuration)
      + [engine(configuration, context)] + server.findings + (checks ?? [])
      + [
        MachineChecks.openFiles(configuration), MachineChecks.memory(configuration), MachineChecks.clock(),
        MachineChecks.nvidia(),
      ]
    let running = checks == nil ? "A server runs here already." : "A server runs here already, and it works."
    return report(findings, arguments, context, good: server.isRunning ? running : "A server can run here.")
  }

  private static func report(
    _ findings: [Finding], _ arguments: ParsedArguments, _ context: CommandContext, good: String
  ) -> ExitCode {
    if arguments.has("--json") { writeJSON(findings, context) } else { write(findings, context, good: good) }
    return findings.contains { $0.level == .problem } ? .failure : .success
  }

  /// The settings, which are valid one by one, and the files that they name.
  private static func configuration(_ configuration: Configuration) -> [Finding] {
    let problems = Features.problems(of: configuration)
    guard problems.isEmpty else {
      return problems.map {
        Finding(.problem, "configuration", $0, remedy: "Correct it; 'axonize config check' says whether it is right.")
      }
    }
    return [Finding(.fine, "configuration", "every value is valid")]
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
