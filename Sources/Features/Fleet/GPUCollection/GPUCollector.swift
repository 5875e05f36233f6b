import Base
import Synchronization
package import System
package import WorkloadIdentity

/// How often GPUs are read, and when a call counts as hung.
package struct GPUCollectorOptions: Sendable {
  /// Values of the schedule ``GPUSchedule/fast``: NVIDIA's sensors have a new value at most once a second or so.
  package var fastInterval = Duration.seconds(1)
  package var slowInterval = Duration.seconds(5)
  package var fixedInterval = Duration.seconds(10)
  /// Of the fast values in a burst; reading NVIDIA's faster slows what runs on the GPU.
  package var burstInterval = Duration.milliseconds(100)
  /// The longest burst: each costs the work on the GPU some percent of its speed.
  package var burstMax = Duration.seconds(60)
  /// All bursts in an hour together: a sixth of it would cost the work less than one percent.
  package var burstHourlyMax = Duration.seconds(600)
  /// How long a burst around a fault is; zero for none.
  package var burstOnEvent = Duration.seconds(30)
  /// The slowest call of a sound driver takes some 50 ms; the first after a GPU slept some seconds.
  package var wedgedAfter = Duration.seconds(5)
  /// How long a thread waits for an event before it looks whether it is to end, and how often the kernel's log is read.
  package var eventInterval = Duration.seconds(1)
  /// The kernel's log; nil does not read it.
  package var kernelLogPath: String? = "/dev/kmsg"

  package init() {}
}

/// What is known of one GPU.
package struct GPUState: Sendable {
  package var gpu: PhysicalGPU
  package var resources: [ComputeResource] = []
  package var readings: [GPUReading] = []
  package var processes: Measured<[GPUProcess]> = .unavailable(.needsAnotherSample)
  package var peers: [GPUPeer] = []
  /// What holds or uses it.
  package var workloads: [GPUWorkload] = []
  package var links: [GPULink]?
  /// The call that does not return, where one does not.
  package var wedged: GPURunningCall?

  /// The reading of a metric.
  package func reading(_ metric: GPUMetric, _ scope: GPUScope = .gpu, detail: String? = nil) -> Measured<Double>? {
    readings.first { $0.metric == metric && $0.scope == scope && $0.detail == detail }?.value
  }
}

/// What is known of a driver and its GPUs.
package struct GPUBackendState: Sendable {
  package let vendor: GPUVendor
  /// Why its GPUs cannot be read, for people; nil where they can.
  package let failure: String?
  package let gpus: [GPUState]
  package let callCosts: [GPUCallCost]
  /// Whether the driver was asked for its GPUs, with or without success.
  let isAsked: Bool
  /// Whether the search for its GPUs hangs in a call.
  let isWedged: Bool
}

/// What is known of all GPUs at one moment.
package struct GPUSnapshot: Sendable {
  package let backends: [GPUBackendState]
  package let eventCounts: [GPUEventCount]
  package let recentEvents: [GPUEvent]
  /// Why the kernel's log is not read; nil where it is.
  package let kernelLogFailure: String?
  /// What the kubelet has given to containers; nil where there is none.
  package let allocations: PodAllocations?
  /// Why the kubelet does not say it.
  package let kubeletFailure: String?
  package let bursts: GPUBurstState

  package var gpus: [GPUState] { backends.flatMap(\.gpus) }
}

/// Reads GPUs on threads of their own, and keeps what was read last.
package final class GPUCollector: Sendable {
  private let options: GPUCollectorOptions
  private let runners: [GPUBackendRunner]
  private let events = GPUEventLog()
  private let kernelLog: KernelLogWatch?
  private let kubelet: KubeletWatch?
  private let bursts: GPUBursts

  /// - Parameters:
  ///   - backends: the kinds of drivers to look for.
  ///   - kubelet: who says which pods hold GPUs; nil asks nobody.
  package init(
    _ backends: [any GPUBackend], _ options: GPUCollectorOptions = GPUCollectorOptions(), kubelet: KubeletWatch? = nil
  ) {
    self.options = options
    self.kubelet = kubelet
    let events = events
    let bursts = GPUBursts(hourlyMax: options.burstHourlyMax)
    self.bursts = bursts
    runners = backends.map { GPUBackendRunner($0, options, events, bursts) }
    kernelLog = options.kernelLogPath.map { KernelLogWatch(path: $0, interval: options.eventInterval, events) }
  }

  /// Starts the threads, which find the GPUs.
  package func start() throws(SystemError) {
    if options.burstOnEvent > .zero {
      bursts.observeFaults { [weak self] reason in self?.burstAround(reason) }
      events.observe { [bursts] event in if event.kind.isFault { bursts.noteFault(event.burstReason) } }
    }
    for runner in runners { try runner.start() }
    try kernelLog?.start()
    try kubelet?.start()
  }

  /// Lets all threads end, and waits a moment for them; one that hangs in the driver is left to it.
  ///
  /// - Returns: Whether all have ended.
  @discardableResult
  package func stop(within limit: Duration = .seconds(2)) -> Bool {
    kernelLog?.stop()
    kubelet?.stop()
    for runner in runners { runner.stop() }
    let end = Instant.now + limit
    let ended = runners.map { $0.waitUntilEnded(by: end) }
    let others = [kernelLog?.waitUntilEnded(by: end) ?? true, kubelet?.waitUntilEnded(by: end) ?? true]
    return (ended + others).allSatisfy { $0 }
  }

  /// Waits until each GPU that there is has been read once or hangs in a call, or the time is over.
  ///
  /// A driver that is not kept loaded takes seconds for its first answer.
  package func waitForValues(within limit: Duration = .seconds(15)) {
    let end = Instant.now + limit
    while Instant.now < end {
      let snapshot = snapshot()
      if snapshot.backends.allSatisfy({ $0.isAsked || $0.isWedged }),
        snapshot.gpus.allSatisfy({ !$0.readings.isEmpty || $0.wedged != nil })
      {
        return
      }
      Thread.sleep(for: .milliseconds(20))
    }
  }

  /// Reads the fast values ten times a second for a while: on demand, and around alerts.
  ///
  /// - Parameters:
  ///   - duration: at most ``GPUCollectorOptions/burstMax`` of it.
  ///   - reason: who asks for it, for people.
  /// - Returns: The burst, which may be one that runs already and now ends later.
  @discardableResult
  package func burst(for duration: Duration, reason: String) throws(GPUBurstRefusal) -> GPUBurst {
    try burst(for: duration, reason, isAutomatic: false)
  }

  /// The same where something has happened that is not to keep the GPUs in bursts.
  private func burstAround(_ reason: String) {
    // One that runs shows it already, and a fault that comes again and again makes no burst longer. A refusal is counted.
    guard bursts.until <= .now else { return }
    _ = try? burst(for: options.burstOnEvent, reason, isAutomatic: true)
  }

  private func burst(
    for duration: Duration, _ reason: String, isAutomatic: Bool
  ) throws(GPUBurstRefusal) -> GPUBurst {
    let (burst, until) = try bursts.begin(
      min(duration, options.burstMax), reason, isAutomatic: isAutomatic, at: .now, time: WallClock.now)
    for runner in runners { runner.burst(until: until) }
    return burst
  }

  /// How often values are read in a burst.
  var burstInterval: Duration { options.burstInterval }
  /// The end of the newest burst.
  var burstUntil: Instant { bursts.until }

  /// Has a function called whenever a burst begins, from any thread.
  package func observeBursts(_ observer: @escaping @Sendable () -> Void) { bursts.observe(observer) }

  /// The GPUs with the newest of their fast values alone.
  func readings() -> [GPUState] {
    let now = Instant.now
    return runners.flatMap { $0.fastReadings(at: now) }
  }

  /// What is known now; it waits for no driver.
  package func snapshot() -> GPUSnapshot {
    let now = Instant.now
    let allocations = kubelet?.allocations(at: now)
    return GPUSnapshot(
      backends: runners.map { $0.snapshot(at: now, allocations) }, eventCounts: events.counts,
      recentEvents: events.recent, kernelLogFailure: kernelLog?.failure, allocations: allocations,
      kubeletFailure: kubelet?.failure, bursts: bursts.known)
  }
}
