import Base
import Collection
import Feature
import GPUCollection
import HostCollection
import Metrics
import Synchronization
import System

/// Which GPUs are read, and the series that they give.
struct GPUSource: Sendable {
  let collector: GPUCollector
  let interval: Duration
  /// Whether the series have the names of DCGM's exporter too.
  let hasDCGM: Bool
  /// Whether those have the labels of pods and jobs.
  let hasDCGMWorkloads: Bool
  let hostLabel: DCGMHostLabel
}

/// Collects the facts of the server's machine and hands them to the store of series.
final class HostService: Service {
  private let port: SamplePort
  private let queue: SampleQueue
  private let threads: [CollectionThread]
  private let gpus: GPUCollector?
  private let reporter: NodeReporter?
  private let logger: Logger
  private let sender = Mutex<Thread?>(nil)

  /// - Parameters:
  ///   - host: where the machine's files are and how often they are read; nil where only its GPUs are.
  ///   - gpus: nil where there are none.
  ///   - reporter: what tells the list of nodes of the machine; nil for nobody.
  ///   - own: collectors of the program itself, which run beside those of the machine.
  init(
    host: (roots: HostRoots, intervals: HostCollectors.Intervals)?, gpus: GPUSource?, source: SampleSource,
    port: SamplePort, reporter: NodeReporter?, logger: Logger, now: @escaping @Sendable () -> UnixNanoseconds,
    own: @escaping CollectionThread.Collectors = { [] }
  ) {
    self.port = port
    self.gpus = gpus?.collector
    self.reporter = reporter
    self.logger = logger
    let queue = SampleQueue(logger: logger)
    self.queue = queue
    var collectors: [(name: String, collectors: CollectionThread.Collectors)] = []
    if let host {
      collectors.append(("host", { HostCollectors.quick(host.roots, host.intervals) + own() }))
      collectors.append(("host-slow", { HostCollectors.slow(host.roots, host.intervals) }))
    }
    if let gpus {
      collectors.append(
        (
          "host-gpu",
          {
            let collector = GPUMetricsCollector(
              gpus.collector, hasDCGM: gpus.hasDCGM, host: gpus.hostLabel, hasDCGMWorkloads: gpus.hasDCGMWorkloads)
            return [(collector, gpus.interval)]
          }
        ))
    }
    threads = collectors.map { name, collectors in
      CollectionThread(
        name: name, collectors: collectors, queue: queue, source: source, now: now, logger: logger)
    }
  }

  func start() throws { try start(waitingForGPUs: false) }

  /// - Parameter waitingForGPUs: whether the first values have those of GPUs, which take a while to be found.
  func start(waitingForGPUs: Bool) throws {
    guard let sink = port.sink else {
      throw ErrorReport(
        code: "no_series_store", message: "Facts of this machine cannot be stored: no feature stores series.")
    }
    try sender.withLock { [queue] sender throws(SystemError) in
      sender = try Thread(name: "host-store") { queue.drain(into: sink, of: .default) }
    }
    gpus?.observeBursts { [threads, reporter] in
      for thread in threads { thread.noteBurst() }
      reporter?.reportNow()
    }
    try gpus?.start()
    if waitingForGPUs { gpus?.waitForValues() }
    for thread in threads { try thread.start(sink.format) }
    try reporter?.start()
  }

  func stop() {
    reporter?.stop()
    for thread in threads where !thread.stop() {
      logger.warning("a file of the machine does not respond; its thread is left behind", .init("thread", thread.name))
    }
    // A call into a driver that hangs does not hold up the end of the server: its thread ends with the process.
    if gpus?.stop() == false { logger.warning("a call into the driver of a GPU has not returned; it is left behind") }
    queue.stop()
    if let sender = sender.withLock({ $0.take() }) { sender.join() }
  }

  /// The newest facts as a page.
  var page: [UInt8] { CollectedPage.encode(threads.compactMap(\.collected)) }

  /// What cannot be collected or told, and why.
  var problems: [String] {
    let collected = threads.compactMap(\.collected).flatMap(\.statuses).flatMap { status in
      status.problems.map { "\(status.name): \($0)" }
    }
    return collected + (reporter?.problem.map { [$0] } ?? [])
  }

  func register(in metrics: MetricRegistry) {
    metrics.counter("axonize_host_samples_stored_total", help: "Samples of this machine that were stored.") { [queue] in
      Double(queue.storedCount.value)
    }
    metrics.counter(
      "axonize_host_samples_lost_total",
      help:
        "Samples of this machine that were not stored, because the store refused them or was not ready for too long."
    ) { [queue] in Double(queue.lostCount.value) }
    metrics.counter(
      "axonize_host_collections_missed_total",
      help: "Runs of collectors that were left out because others took too long."
    ) { [threads] in threads.reduce(0) { $0 + Double($1.missedCount.value) } }
    metrics.counter(
      "axonize_host_series_dropped_total",
      help: "Samples of this machine that were left out because of too many series."
    ) { [threads] in threads.reduce(0) { $0 + Double($1.collected?.droppedCount ?? 0) } }
    metrics.gauge("axonize_host_collectors_failing", help: "Collectors that can give nothing on this machine.") {
      [threads] in
      threads.reduce(0) { count, thread in
        count + Double(thread.collected?.statuses.count { $0.ranAt != nil && !$0.isSuccessful } ?? 0)
      }
    }
  }
}
