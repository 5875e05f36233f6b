internal import Glibc
internal import Synchronization

/// The version of the SDK.
let axonizeVersion = "0.1.0"

extension Axonize {
  /// What lives between `start` and `shutdown`.
  private struct Running {
    var recording: Recording
    /// The receiver, without secrets.
    var target: String
    /// The core's own thread, or the one that drains it.
    var exporter: BackgroundThread
    var drain: ExportThread?
    var metrics: (thread: BackgroundThread, work: MetricsThread)?
  }

  private enum State {
    case stopped
    /// Somebody makes a start; handlers of the program are called meanwhile, so nothing is locked.
    case starting
    case running(Running)

    var running: Running? { if case .running(let running) = self { running } else { nil } }
  }

  private static let state = Mutex<State>(.stopped)
  /// Set once the end of the process is ours to act on; the second, once that is so after TLS was initialised.
  private static let exitHook = Atomic<Bool>(false)
  private static let exitHookOfTLS = Atomic<Bool>(false)

  /// Begins to record spans and to send them. Never throws for a bad value: it warns and uses the default.
  ///
  /// Called a second time it does nothing but warn; after ``shutdown(timeout:)`` it begins anew. Before it spans have
  /// ids and are not recorded. At the end of the process what waits is sent, for at most 5 seconds.
  ///
  /// - Parameter configuration: What is not given comes from the environment.
  public static func start(_ configuration: Configuration = Configuration()) {
    start(configuration, environment: Environment.process)
  }

  static func start(_ configuration: Configuration, environment variable: @escaping @Sendable (String) -> String?) {
    // Spans of a test are recorded in memory, whatever the program under test asks for.
    if let active = Span.active, active.isBound { return }
    let warnings = Warnings(handler: configuration.warningHandler)
    let isOurs = state.withLock { state in
      guard case .stopped = state else { return false }
      state = .starting
      return true
    }
    guard isOurs else {
      return warnings.once("start", "start was called before; this call changes nothing (shutdown ends it)")
    }
    let environment = Environment(variable: variable, warnings: warnings)
    let resolved = ResolvedConfiguration(configuration, environment)
    let begun = resolved.isEnabled ? begin(resolved, environment) : nil
    state.withLock { $0 = begun.map(State.running) ?? .stopped }
    guard begun != nil else { return }
    let isNew =
      resolved.endpoint.isTLS
      ? !exitHookOfTLS.exchange(true, ordering: .relaxed) : !exitHook.exchange(true, ordering: .relaxed)
    if isNew { atexit { Axonize.shutdown(timeout: .seconds(5)) } }
  }

  private static func begin(_ configuration: ResolvedConfiguration, _ environment: Environment) -> Running? {
    let warnings = environment.warnings
    let resource = ProcessResource(environment: environment).detect(
      serviceName: configuration.serviceName, given: configuration.resourceAttributes)
    let encoded = ProcessResource.encode(resource)
    guard let core = settings(configuration, resource: encoded).makeCore() else {
      warnings.once("memory", "there is no memory for the queue; no spans are recorded")
      return nil
    }
    let recording = Recording(
      core: core, content: configuration.content, resource: resource,
      llmMetrics: configuration.sendsMetrics ? LLMMetrics() : nil, warnings: warnings)
    let target = "\(configuration.endpoint.host):\(configuration.endpoint.port)"
    let drain: ExportThread?
    if configuration.endpoint.isTLS {
      do throws(TransportError) { try TLSLibrary.initialise() } catch {
        warnings.once("tls", "\(error); no spans are recorded")
        return nil
      }
      drain = ExportThread(core: core, configuration: configuration) { warn($0, $1, target, warnings) }
    } else {
      drain = nil
      core.setThreadRuns(true)
    }
    guard let exporter = BackgroundThread("axonize-export", { drain?.run() ?? core.run() }) else {
      warnings.once("thread", "the system has no thread for the exporter; no spans are recorded")
      return nil
    }
    Recording.makePresent(recording)
    var running = Running(recording: recording, target: target, exporter: exporter, drain: drain)
    let work = MetricsThread(recording: recording, configuration: configuration, resource: encoded) {
      reportWarnings(recording, target)
    }
    running.metrics = BackgroundThread("axonize-metrics", { work.run() }).map { ($0, work) }
    return running
  }

  private static func settings(_ configuration: ResolvedConfiguration, resource: [UInt8]) -> CoreSettings {
    var settings = CoreSettings()
    settings.resource = resource
    settings.limits = configuration.limits
    settings.sampler = configuration.sampler
    settings.slots = configuration.queueSize
    settings.batchSpans = configuration.batchSize
    settings.interval = configuration.interval
    settings.compression = configuration.compression
    settings.timeout = configuration.timeout
    if !configuration.endpoint.isTLS {
      settings.receiver = CoreSettings.Receiver(
        host: configuration.endpoint.host, port: configuration.endpoint.port,
        exportProtocol: configuration.exportProtocol, path: configuration.path(of: .traces),
        headers: configuration.headerLines)
    }
    return settings
  }

  // MARK: Warnings

  private static func warn(
    _ kind: ExportThread.Warning, _ reason: String, _ target: String, _ warnings: Warnings
  ) {
    let message =
      switch kind {
      case .unreachable:
        "the receiver at \(target) cannot be reached (\(reason)); spans are kept as far as memory allows and sent again"
      case .refused: "the receiver at \(target) refused spans (\(reason)); they are dropped"
      case .partial: "the receiver at \(target) took a part of the spans only (\(reason))"
      case .compression: "no library for the compression that was asked for; spans go to \(target) without"
      case .foreign:
        """
        the receiver at \(target) does not speak gRPC; if it takes OTLP over HTTP there, set exportProtocol to \
        .httpProtobuf or AXONIZE_PROTOCOL to http/protobuf; spans are kept as far as memory allows and sent again
        """
      case .queueFull: "spans come faster than \(target) takes them and some are dropped"
      }
    warnings.once("export.\(kind)", message)
  }

  /// Tells what the core noted.
  private static func reportWarnings(_ recording: Recording, _ target: String) {
    var (bits, status, error) = recording.core.takeWarnings()
    // One clear word; that nothing arrives follows from it.
    if bits & ExportThread.Warning.foreign.rawValue != 0 { bits &= ~ExportThread.Warning.unreachable.rawValue }
    let reason =
      status != 0 ? Reply.describe(status) : error != 0 ? TransportError(code: error).description : "no answer"
    for kind in ExportThread.Warning.allCases where bits & kind.rawValue != 0 {
      warn(kind, reason, target, recording.warnings)
    }
  }

  // MARK: End

  /// Sends every span that has ended, and waits for it on this thread.
  ///
  /// - Parameter timeout: How long to wait at most.
  /// - Returns: False when the time passed first.
  @discardableResult
  public static func flush(timeout: Duration = .seconds(10)) -> Bool {
    guard let now = state.withLock({ $0.running }) else { return true }
    let isDone = now.recording.core.flush(timeout)
    reportWarnings(now.recording, now.target)
    return isDone
  }

  /// Sends what waits and ends; spans of afterwards are not recorded. Called by itself at the end of the process.
  ///
  /// - Parameter timeout: How long to wait at most for the spans; the last metrics may take two seconds of it.
  /// - Returns: False when the time passed before everything was sent.
  @discardableResult
  public static func shutdown(timeout: Duration = .seconds(5)) -> Bool {
    guard
      let ended = state.withLock({ state -> Running? in
        guard let running = state.running else { return nil }
        state = .stopped
        return running
      })
    else { return true }
    if let metrics = ended.metrics {
      metrics.work.stop()
      _ = metrics.thread.ended.wait(min(timeout, .seconds(2)))
    }
    let core = ended.recording.core
    let failedBefore = core.sendFailed
    var isDone: Bool
    if let drain = ended.drain {
      core.close()
      drain.stopRetrying()
      isDone = core.flush(timeout)
      drain.stop()
      _ = core.stop(.zero)
      let hasEnded = ended.exporter.ended.wait(.seconds(1))
      if hasEnded { core.discard() }
    } else {
      isDone = core.stop(timeout)
      _ = ended.exporter.ended.wait(.milliseconds(100))
    }
    reportWarnings(ended.recording, ended.target)
    if core.sendFailed != failedBefore { isDone = false }
    if ended.exporter.ended.isSet { core.releaseQueue() }
    return isDone
  }

  // MARK: State

  /// Whether spans are recorded and sent: between `start` and `shutdown`.
  public static var isStarted: Bool { state.withLock { $0.running != nil } }

  /// Counters since the start; those of the last run after the end.
  public static var statistics: Statistics { Recording.present.core.statistics }

  /// The attributes of the resource: what is known of this process. None before the start.
  public static var resource: Attributes { Recording.present.resource }
}

extension Recording {
  /// What spans that begin here are recorded into.
  static var present: Recording { of(Place(.none).core) }
}
