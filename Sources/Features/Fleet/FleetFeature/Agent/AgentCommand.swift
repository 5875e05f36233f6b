import Base
import Collection
import Commands
import Configuration
import Feature
import FleetAgent
import Glibc
import HostCollection
import LogSinks
import NodeReports
import System

/// `agent`.
enum AgentCommand {
  static let definition = CommandDefinition(
    path: ["agent"], summary: "Send what this machine does to a server.",
    discussion:
      "Collects what 'axonize serve' collects of its own machine, and sends it to a server of another one until "
      + "SIGTERM or SIGINT. While the server is away, samples wait on the disk. docs/fleet.md says how to run it as a "
      + "service and in Kubernetes.",
    options: AgentOptions.all,
    examples: [
      .init(
        command: "axonize agent --server https://axonize.example:8080 --key-file /etc/axonize/agent-key",
        meaning: "Run it."),
      .init(command: "axonize agent --dry-run", meaning: "See what it would send."),
    ],
    run: { arguments, context in
      if arguments.has("--json"), !arguments.has("--dry-run") {
        throw CommandFailure(.usage, "--json is for --dry-run; an agent writes nothing but its log.")
      }
      let options = try AgentOptions(arguments, context)
      if arguments.has("--dry-run") {
        try dryRun(options, isJSON: arguments.has("--json"), context)
      } else {
        try run(options)
      }
      return .success
    })

  private static func run(_ options: AgentOptions) throws {
    umask(0o077)
    ResidentMemory.limitHeaps(to: heapCount)
    // Before any other thread begins, so that all of them leave these signals to the reader.
    let signals = try StopSignals()
    let logger = Logger(component: "agent", sink: sink(options.configuration))
    for warning in options.configuration.warnings { logger.warning(warning) }
    let statistics = AgentStatistics()
    let connection = try AgentConnection(
      options.addresses, key: options.key, authoritiesFile: options.authoritiesFile,
      userAgent: "axonize-agent/\(Version.current)", statistics: statistics)
    let sender = try AgentSender(
      connection, options.format, spoolFolder: options.spoolFolder, limits: options.limits, pace: options.pace,
      statistics: statistics, logger: logger)
    let interval = options.configuration[FleetSettings.ioInterval]
    let gpus = FleetFeature.gpus(
      options.configuration, HostRoots(options.configuration), options.source.instance, logger)
    let reporter = NodeReporter(
      name: options.source.instance, version: Version.current,
      labels: Dictionary(options.source.labels.map { ($0.name, $0.value) }) { _, last in last },
      gpus: gpus?.collector, logger: logger, clockOffset: { statistics.clockOffset }
    ) { connection.result(of: $0) }
    let host = service(options, gpus: gpus, sink: sender, reporter: reporter, logger: logger) {
      [(AgentCollector(statistics), interval)]
    }
    try sender.start()
    try host.start()
    try releaseStartMemory()
    if let variable = options.proxyVariable {
      logger.warning("an agent uses no proxy; the variable is ignored", .init("variable", variable))
    }
    logger.info(
      "samples of this machine are sent", .init("version", Version.current), .init("server", options.server),
      .init("instance", options.source.instance), .init("spool", options.spoolFolder))
    let signal = try signals.next {
      logger.info("nothing is read again: the key file is read for each request", .init("signal", "SIGHUP"))
    }
    logger.info("stopping", .init("signal", signal))
    signals.exitAtNext(logger, loss: "samples that were gathered for the next request are lost")
    host.stop()
    sender.stop()
    connection.shutDown()
    logger.info(
      "stopped", .init("sent_samples", statistics.sentSampleCount),
      .init("dropped_samples", statistics.droppedSampleCount))
  }

  /// Some thirty threads that allocate little: more heaps hold more that is free.
  private static let heapCount = 2
  /// By then everything was collected and sent once.
  private static let startSeconds: UInt32 = 15

  /// Gives back what only the start has needed, once: of 20 MB of code that it touches, an agent uses a part.
  private static func releaseStartMemory() throws(SystemError) {
    let thread = try Thread(name: "agent-start") {
      sleep(startSeconds)
      ResidentMemory.releaseStart()
    }
    // The program does not wait for it.
    thread.detach()
  }

  private static func service(
    _ options: AgentOptions, gpus: GPUSource? = nil, sink: any SampleSink, reporter: NodeReporter? = nil,
    logger: Logger, own: @escaping CollectionThread.Collectors = { [] }
  ) -> HostService {
    let port = SamplePort()
    port.offer(sink)
    return HostService(
      host: (HostRoots(options.configuration), HostCollectors.Intervals(options.configuration)), gpus: gpus,
      source: options.source, port: port, reporter: reporter, logger: logger, now: { WallClock.now }, own: own)
  }

  /// Has every collector of the machine run once.
  private static func dryRun(_ options: AgentOptions, isJSON: Bool, _ context: CommandContext) throws {
    let sink = DryRunSink()
    let gpus = FleetFeature.gpus(
      options.configuration, HostRoots(options.configuration), options.source.instance, .disabled)
    let host = service(options, gpus: gpus, sink: sink, logger: .disabled)
    // Collectors are due at the start, and what was begun is finished.
    try host.start(waitingForGPUs: true)
    host.stop()
    if isJSON { sink.writeJSON(context, host.problems) } else { sink.writeTable(context, host.problems) }
  }

  private static func sink(_ configuration: Configuration) -> StandardErrorSink {
    let format: LogFormat =
      switch configuration[Settings.logStyle] {
      case .human: .human
      case .json: .json
      case .auto: Terminal.isTerminal(STDERR_FILENO) ? .human : .json
      }
    return StandardErrorSink(level: configuration[Settings.logLevel], format: format)
  }
}

extension AgentConnection {
  /// Sends a report, and reads what the server asks for.
  fileprivate func result(of report: NodeReport) -> NodeReporter.Result {
    let (outcome, body) = self.report(report.json)
    do {
      return NodeReporter.Result(problem: outcome.problem, burst: try NodeReportResponse.read(body).burst)
    } catch {
      return NodeReporter.Result(problem: "the server's response to the report cannot be read: \(error)")
    }
  }
}
