import Base
package import Configuration
import EventLoop
import Feature
import Glibc
import HTTPServer
import LogSinks
import System

/// The process behind `axonize serve`: opens the stores, serves until it is asked to stop, and closes in order.
///
/// The order of the end: `/readyz` says no, the listeners close and requests under way finish, what waits to be stored
/// is committed, the engine closes.
package enum Server {
  /// Runs until SIGTERM or SIGINT; a second signal ends the process at once.
  ///
  /// SIGHUP has files read again.
  ///
  /// Throws an ``ErrorReport`` when the server cannot start.
  /// - Parameter announce: called once with what a user wants to know, when the server is ready.
  package static func run(
    _ configuration: Configuration, version: String, announce: (ServerAddresses) -> Void
  ) throws {
    // Whatever is written from now on holds telemetry or keys, also what the engine writes.
    umask(0o077)
    // Before any other thread begins, so that all of them leave these signals to the reader.
    let signals = try StopSignals()
    let logger = Logger(component: "server", sink: makeSink(configuration))
    for warning in configuration.warnings { logger.warning(warning) }
    let startedAt = Instant.now

    let connectionCountMax = raiseOpenFileLimit(configuration, logger)
    let listeners = try Listeners(configuration, logger: logger)
    if !configuration[Settings.takeOver] { try listeners.checkPorts(dataDirectory: configuration.dataDirectory) }
    let loops = try EventLoopGroup(count: configuration[Settings.eventLoops])
    let services = try Services(configuration, loopCount: loops.loops.count, version: version, logger: logger)
    var http = HTTPServerConfiguration(
      listeners: listeners.all, limits: HTTPServerLimits(configuration, connectionCountMax: connectionCountMax))
    http.takesOverPorts = configuration[Settings.takeOver]
    let server = try HTTPServer(
      configuration: http, loops: loops,
      router: ServerRouter(
        services: services, listeners: listeners, originPolicy: OriginPolicy(configuration),
        areMetricsPublic: configuration[Settings.metricsPublic]), logger: logger.component("http"))
    ServerMetrics.register(services, server, into: services.metrics, version: version)
    for feature in services.features { feature.register(in: services.metrics) }
    services.phase.began()

    let addresses = listeners.addresses(bound: server.addresses)
    logger.info(
      "ready", .init("version", version), .init("data_dir", configuration.dataDirectory),
      .init("http", addresses.http ?? "off"), .init("otlp_grpc", addresses.otlpGRPC ?? "off"),
      .init("otlp_http", addresses.otlpHTTP ?? "off"), .init("after", Instant.now - startedAt))
    announce(addresses)

    let signal = try signals.next {
      logger.info("files are read again", .init("signal", "SIGHUP"))
      services.reload()
    }
    logger.info("stopping", .init("signal", signal))
    signals.exitAtNext(logger, loss: "requests in progress got no response")
    services.phase.stopping()
    wait { _ = await server.drain(deadline: configuration[Settings.drainTimeout]) }
    services.stop()
    loops.stop()
    logger.info("stopped")
  }

  /// Below this a server would not be of use.
  private static let connectionCountMin = 16

  /// Lets the process open as many files as it may; returns how many connections there can be.
  ///
  /// Beyond the limit the engine could not open its files, and rows would be refused that clients then give up.
  private static func raiseOpenFileLimit(_ configuration: Configuration, _ logger: Logger) -> Int {
    let wanted = configuration[Settings.connectionsMax]
    do throws(SystemError) {
      let files = try OpenFileLimit.raise()
      let most = max(files - Settings.storeFileCount, connectionCountMin)
      if most < wanted {
        logger.warning(
          "the limit of open files allows fewer connections than limits.connections; raise it with 'ulimit -n' or "
            + "LimitNOFILE=", .init("open_files", files), .init("limits.connections", wanted),
          .init("connections", most))
      }
      return most
    } catch {
      logger.warning("the limit of open files could not be raised", .init("error", error))
      return wanted
    }
  }

  /// Lets the first thread, which is not one of Swift's, wait for asynchronous work.
  private static func wait(for work: @escaping @Sendable () async -> Void) {
    let isDone = Monitor(false)
    Task.detached {
      await work()
      isDone.withLock { $0 = true }
      isDone.notifyAll()
    }
    isDone.wait { isDone, _, _ in isDone ? () : nil }
  }

  private static func makeSink(_ configuration: Configuration) -> StandardErrorSink {
    let format: LogFormat =
      switch configuration[Settings.logStyle] {
      case .human: .human
      case .json: .json
      case .auto: isatty(STDERR_FILENO) == 1 ? .human : .json
      }
    return StandardErrorSink(level: configuration[Settings.logLevel], format: format)
  }
}
