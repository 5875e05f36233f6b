internal import Glibc
internal import Synchronization

/// The version of the SDK.
let axonizeVersion = "0.1.0"

extension Axonize {
  /// What lives between `start` and `shutdown`.
  private struct Running {
    var recording: Recording
    var report: SendingReport
    /// The process that started the SDK; a child that was forked off has none of its threads.
    var process: Int32
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

  /// Begins to record spans and to send them.
  ///
  /// Never throws for a bad value: it warns and uses the default.
  ///
  /// Called a second time it does nothing but warn; after ``shutdown(timeout:)`` it begins anew. Before it spans have
  /// ids and are not recorded. At the end of the process what waits is sent, for at most 5 seconds.
  ///
  /// - Parameter configuration: What is not given comes from the environment.
  public static func start(_ configuration: Configuration = Configuration()) {
    start(configuration, environment: Environment.process, names: Environment.names(prefix: "AXONIZE_"))
  }

  /// - Parameter names: The variables whose names are looked at for mistakes.
  static func start(
    _ configuration: Configuration, environment variable: @escaping @Sendable (String) -> String?,
    names: [String] = []
  ) {
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
    VariableNames.warnOfUnknown(names, warnings)
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
    let report = SendingReport(configuration, warnings)
    warnOfClearKey(configuration, warnings)
    let drain: ExportThread?
    if configuration.endpoint.isTLS {
      do throws(TransportError) { try TLSLibrary.initialise() } catch {
        warnings.once("tls", "\(error); no spans are recorded")
        return nil
      }
      drain = ExportThread(core: core, configuration: configuration, report: report)
    } else {
      drain = nil
      core.setThreadRuns(true)
    }
    guard let exporter = BackgroundThread("axonize-export", { drain?.run() ?? core.run() }) else {
      warnings.once("thread", "the system has no thread for the exporter; no spans are recorded")
      return nil
    }
    Recording.makePresent(recording)
    var running = Running(
      recording: recording, report: report, process: getpid(), exporter: exporter, drain: drain)
    let work = MetricsThread(recording: recording, configuration: configuration, resource: encoded) {
      report.report(recording.core)
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
        headers: configuration.headerLines, proxy: configuration.proxy)
    }
    return settings
  }

  /// Warns where everybody on the way can read the key.
  private static func warnOfClearKey(_ configuration: ResolvedConfiguration, _ warnings: Warnings) {
    let endpoint = configuration.endpoint
    guard let origin = configuration.keyOrigin, !endpoint.isTLS, !Proxy.isLoopback(endpoint.host) else { return }
    warnings.once(
      "clear key",
      """
      the key of \(origin) goes to \(endpoint.authority) without encryption, and whoever is on the way can read it; an \
      endpoint with https:// encrypts it
      """)
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
    now.report.report(now.recording.core)
    return isDone
  }

  /// Sends what waits and ends; spans of afterwards are not recorded.
  ///
  /// Called by itself at the end of the process.
  ///
  /// Each request is tried once. A warning says how many spans were lost since the start, if any were.
  ///
  /// - Parameter timeout: How long to wait at most for the spans and the last metrics together.
  /// - Returns: False when something of what waited was not sent.
  @discardableResult
  public static func shutdown(timeout: Duration = .seconds(5)) -> Bool {
    guard
      let ended = state.withLock({ state -> Running? in
        guard let running = state.running else { return nil }
        state = .stopped
        return running
      })
    else { return true }
    // A forked child has nothing to send, and nobody to wait for.
    guard ended.process == getpid() else { return true }
    let deadline = Deadline(after: timeout)
    let core = ended.recording.core
    let before = core.statistics
    ended.report.isEnding.set()
    let isDone = stop(ended, timeout, deadline)
    ended.report.report(core)
    if let metrics = ended.metrics {
      // After the spans, so that the last values count them, and in the time that those left.
      metrics.work.stop()
      _ = metrics.thread.ended.wait(deadline.left)
    }
    let now = core.statistics
    ended.report.reportLost(now, ended: before.ended)
    if ended.exporter.ended.isSet { core.releaseQueue() }
    return isDone && now.droppedSendFailed == before.droppedSendFailed
  }

  /// Ends the thread that sends.
  private static func stop(_ running: Running, _ timeout: Duration, _ deadline: Deadline) -> Bool {
    let core = running.recording.core
    guard let drain = running.drain else {
      let isDone = core.stop(timeout)
      _ = running.exporter.ended.wait(.milliseconds(100))
      return isDone
    }
    core.close()
    drain.stopRetrying()
    let isDone = core.flush(timeout)
    drain.stop()
    _ = core.stop(.zero)
    if running.exporter.ended.wait(deadline.left) { core.discard() }
    return isDone
  }

  // MARK: State

  /// Whether spans are recorded and sent: between `start` and `shutdown`.
  public static var isStarted: Bool { state.withLock { $0.running != nil } }

  /// Counters since the start; those of the last run after the end.
  public static var statistics: Statistics { Recording.present.core.statistics }

  /// The attributes of the resource: what is known of this process.
  ///
  /// None before the start.
  public static var resource: Attributes { Recording.present.resource }
}

extension Recording {
  /// What spans that begin here are recorded into.
  static var present: Recording { of(Place(.none).core) }
}
