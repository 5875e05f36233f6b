import Base
import BlockingHTTPClient
import Commands
import Configuration
import Glibc
import JSON
import Synchronization
import System

/// `demo`.
enum DemoCommand {
  static let definition = CommandDefinition(
    path: ["demo"], summary: "Run a server with made-up data that moves.",
    discussion:
      "Starts a server on 127.0.0.1 with a folder of its own, fills the last hours, and goes on sending what services, "
      + "models, agents and GPUs of a small company do, until SIGTERM or SIGINT. It needs no GPU, reads no configuration "
      + "of a server and touches no other data. docs/demo.md says what is in it.",
    options: DemoOptions.all,
    examples: [
      .init(command: "axonize demo", meaning: "Look at it in a browser; Ctrl-C removes everything."),
      .init(command: "axonize demo --history 30m --rate 5", meaning: "Less of the past, more of the present."),
    ],
    run: { arguments, context in
      let options = try DemoOptions(arguments, context)
      if let server = options.server { return try send(to: server, options, context) }
      return try serve(options, context)
    })

  // MARK: A server of its own

  private static func serve(_ options: DemoOptions, _ context: CommandContext) throws -> ExitCode {
    let temporary = context.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    let folder = try DemoFolder(named: options.folder, temporaryFolder: temporary)
    let output = DemoOutput(options, isTerminal: Terminal.isTerminal(STDERR_FILENO))
    let sender = Mutex<DemoSender?>(nil)
    let result = Result<ExitCode, any Error> {
      let configuration = try configuration(folder, address: options.address, context)
      let code = context.serve(configuration) { text in
        guard let url = text.flatMap({ ServerURL($0) }) else { return }
        context.write(output.beginning(url, folder))
        let new = DemoSender(server: url, options: options) { output.show($0, url) }
        sender.withLock { $0 = new }
        do { try new.start() } catch {
          output.show(.failed(DemoFailure(description: "a thread cannot be started: \(error)")), url)
        }
      }
      return ExitCode(rawValue: code) ?? .failure
    }
    sender.withLock { $0 }?.stop()
    try folder.remove()
    let code = try result.get()
    return output.isFailed ? .failure : code
  }

  /// The settings of the demo's server: nothing of a user's file or environment but where the engine and the dashboard are.
  static func configuration(
    _ folder: DemoFolder, address: String, _ context: CommandContext
  ) throws(CommandFailure) -> Configuration {
    let kept = ["AXONIZE_ENGINE_", "AXONIZE_DASHBOARD_", "AXONIZE_LOG_"]
    let environment = context.environment.filter { name, _ in
      name == "HOME" || kept.contains { name.hasPrefix($0) }
    }
    let loader = ConfigurationLoader(context.settings, environment: environment) { path throws(SystemError) in
      File.exists(path) ? try File.read(path) : nil
    }
    var flags = [
      Settings.dataDirectory.declaration.key: folder.dataDirectory, Settings.http.declaration.key: address,
      Settings.otlpGRPC.declaration.key: "off", Settings.otlpHTTP.declaration.key: "off",
      // The machine itself is not part of the demo.
      "fleet.host_enabled": "false", "fleet.gpu_enabled": "false",
      // Spans and samples come within seconds.
      "fleet.energy_delay": "30s",
    ]
    if environment["AXONIZE_LOG_LEVEL"] == nil { flags[Settings.logLevel.declaration.key] = "warning" }
    do throws(ConfigurationError) {
      return try loader.load(path: folder.configurationFile, flags: flags)
    } catch {
      throw CommandFailure(.usage, error.description)
    }
  }

  // MARK: Another server

  private static func send(
    to server: ServerURL, _ options: DemoOptions, _ context: CommandContext
  ) throws -> ExitCode {
    // Before any other thread begins, so that all of them leave these signals to the reader.
    let signals = try StopSignals()
    let output = DemoOutput(options, isTerminal: Terminal.isTerminal(STDERR_FILENO))
    context.write(output.beginning(server, nil))
    let sender = DemoSender(server: server, options: options) { output.show($0, server) }
    try sender.start()
    _ = try signals.next {}
    sender.stop()
    return output.isFailed ? .failure : .success
  }
}
