import Base
import Commands
import Configuration
import Features
import JSON

/// `serve`, `config`, `version` and `completion`.
enum ServerCommands {
  static let serve = CommandDefinition(
    path: ["serve"], summary: "Run the server.",
    discussion:
      "Runs in the foreground until SIGTERM or SIGINT, then finishes what it has begun. Every setting may also "
      + "come from the environment or a file; docs/configuration.md lists them.",
    options: SettingOptions.all(Features.settings),
    examples: [
      .init(command: "axonize serve", meaning: "On this machine only: no key needed."),
      .init(
        command: "axonize serve --http 0.0.0.0:8080 --otlp-grpc 0.0.0.0:4317 --require-keys",
        meaning: "For other machines too; 'axonize keys create' makes their keys."),
    ],
    run: { arguments, context in
      let code = context.serve(try SettingOptions.load(arguments, context), nil)
      return ExitCode(rawValue: code) ?? .failure
    })

  static let config = [
    CommandDefinition(
      path: ["config", "show"], summary: "Show every setting and where its value comes from.",
      options: [
        OptionDefinition(name: "--changed", meaning: "Only those that differ from their default."),
        OptionDefinition.json,
      ] + SettingOptions.all(Features.settings),
      examples: [.init(command: "axonize config show --changed", meaning: "What the file and the environment set.")],
      run: showConfiguration),
    CommandDefinition(
      path: ["config", "check"], summary: "Say what is wrong with the configuration.",
      discussion: "Ends with code 0 when a server would start with it, warnings or not, and with code 2 otherwise.",
      options: [OptionDefinition.json] + SettingOptions.all(Features.settings), run: checkConfiguration),
    CommandDefinition(
      path: ["config", "reference"], summary: "Write the reference of all settings, or an example.",
      options: [
        OptionDefinition(
          name: "--format", value: "FORMAT", meaning: "What to write. Default: markdown.",
          choices: ["markdown", "yaml", "env"])
      ],
      examples: [
        .init(command: "axonize config reference --format yaml > axonize.yaml", meaning: "A file to begin with.")
      ],
      run: { arguments, context in
        let reference = ConfigurationReference(context.settings)
        switch arguments["--format"] {
        case "yaml": context.write(reference.exampleFile())
        case "env": context.write(reference.exampleEnvironment())
        default: context.write(reference.markdown())
        }
        return .success
      }),
  ]

  static let version = CommandDefinition(
    path: ["version"], summary: "Show the version.", options: [OptionDefinition.json],
    run: { arguments, context in
      if arguments.has("--json") {
        context.printJSON { writer in writer.member("version", Version.current) }
      } else {
        context.print("axonize \(Version.current)")
      }
      return .success
    })

  static let completion = CommandDefinition(
    path: ["completion"], summary: "Write the completion script of a shell.",
    operands: [OperandDefinition(name: "shell", meaning: "bash, zsh or fish.")],
    examples: [
      .init(command: "source <(axonize completion bash)", meaning: "For this shell."),
      .init(command: "axonize completion fish > ~/.config/fish/completions/axonize.fish", meaning: "For every fish."),
    ],
    run: { arguments, context in
      let shell = arguments.operands[0]
      guard let script = CompletionScript.of(shell, CommandLineInterface.commands) else {
        let hint = Similar.phrase(for: shell, among: CompletionScript.shells)
        throw CommandFailure(.usage, "There is no completion for '\(shell)'\(hint)")
      }
      context.write(script)
      return .success
    })

  @Sendable private static func checkConfiguration(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    let result = SettingOptions.result(arguments, context)
    if arguments.has("--json") {
      let (problems, warnings): ([String], [String]) =
        switch result {
        case .success(let configuration): (Features.problems(of: configuration), configuration.warnings)
        case .failure(let error): (error.problems, [])
        }
      context.printJSON { writer in
        writer.member("is_valid", problems.isEmpty)
        for (name, texts) in [("problems", problems), ("warnings", warnings)] {
          writer.key(name)
          writer.array { writer in
            for text in texts { writer.string(text) }
          }
        }
      }
      return problems.isEmpty ? .success : .usage
    }
    let configuration = try SettingOptions.load(arguments, context)
    let problems = Features.problems(of: configuration)
    guard problems.isEmpty else { throw CommandFailure(.usage, problems.joined(separator: "\n")) }
    let warnings = configuration.warnings
    context.print(
      warnings.isEmpty ? "The configuration is valid." : "The configuration is valid; see the warnings above.")
    return .success
  }

  @Sendable private static func showConfiguration(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    let configuration = try SettingOptions.load(arguments, context)
    let shown = context.settings.all.filter { declaration in
      !arguments.has("--changed") || configuration[declaration].origin != .default
    }
    if arguments.has("--json") {
      context.printJSON { writer in
        for declaration in shown {
          writer.key(declaration.key)
          writer.object { writer in
            writer.member("value", configuration[declaration].text)
            writer.member("origin", configuration[declaration].origin.description)
          }
        }
      }
      return .success
    }
    var table = Table([
      .init(title: "SETTING"), .init(title: "VALUE", isFlexible: true), .init(title: "FROM", isFlexible: true),
    ])
    for declaration in shown {
      let entry = configuration[declaration]
      table.append([declaration.key, entry.text.isEmpty ? "-" : entry.text, entry.origin.description])
    }
    context.print(table)
    return .success
  }
}
