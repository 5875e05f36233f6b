import Base
import Synchronization
import System
import WorkloadIdentity

/// The thread that finds the GPUs of a driver, and the workers of those that it found.
final class GPUBackendRunner: Sendable {
  private struct State {
    var workers: [GPUWorker] = []
    /// Workers of GPUs that are gone whose threads still hang in the driver.
    var leftBehind: [GPUWorker] = []
    var isAsked = false
    var failure: String? = "the driver has not answered yet"
  }

  private struct Control {
    var isStopped = false
    var isRunning = false
  }

  /// How long threads of a driver that has gone may take to end before they count as hung.
  private static let endLimit = Duration.seconds(2)

  private let backend: any GPUBackend
  private let options: GPUCollectorOptions
  private let events: GPUEventLog
  private let bursts: GPUBursts
  private let reloads = GPUDriverReloads()
  private let control = Monitor(Control())
  private let state = Mutex(State())

  init(
    _ backend: any GPUBackend, _ options: GPUCollectorOptions, _ events: GPUEventLog, _ bursts: GPUBursts
  ) {
    self.bursts = bursts
    self.backend = backend
    self.options = options
    self.events = events
  }

  func start() throws(SystemError) {
    control.withLock { $0.isRunning = true }
    do throws(SystemError) {
      let thread = try Thread(name: "gpus-\(backend.vendor.rawValue)") { [self] in
        run()
        control.withLock { $0.isRunning = false }
        control.notifyAll()
      }
      thread.detach()
    } catch {
      control.withLock { $0.isRunning = false }
      throw error
    }
  }

  func stop() {
    control.withLock { $0.isStopped = true }
    control.notifyAll()
    for worker in allWorkers { worker.stop() }
  }

  func waitUntilEnded(by limit: Instant) -> Bool {
    let hasEnded = control.wait { control, now, wakeAt -> Bool? in
      if !control.isRunning { return true }
      if now >= limit { return false }
      wakeAt = limit
      return nil
    }
    let workers = allWorkers.map { worker in
      worker.stop()
      return worker.waitUntilEnded(by: limit)
    }
    guard hasEnded, workers.allSatisfy({ $0 }) else { return false }
    backend.release()
    return true
  }

  func burst(until end: Instant) {
    for worker in allWorkers { worker.burst(until: end) }
  }

  func snapshot(at now: Instant, _ allocations: PodAllocations?) -> GPUBackendState {
    let (workers, failure, isAsked) = state.withLock { ($0.workers, $0.failure, $0.isAsked) }
    var reason = failure
    let wedged = backend.runningCall.flatMap { now - $0.since >= options.wedgedAfter ? $0 : nil }
    if let call = wedged {
      reason = "\(call.name) has not returned for \((now - call.since).components.seconds) s"
    }
    let gpus = workers.map { worker in
      var gpu = worker.snapshot(at: now)
      gpu.identify(allocations)
      return gpu
    }
    return GPUBackendState(
      vendor: backend.vendor, failure: reason, gpus: gpus.sorted { $0.gpu.index < $1.gpu.index },
      callCosts: backend.callCosts, isAsked: isAsked, isWedged: wedged != nil)
  }

  /// The GPUs in the order of ``snapshot(at:_:)``, with their fast values.
  func fastReadings(at now: Instant) -> [GPUState] {
    state.withLock(\.workers).map { $0.snapshot(at: now, [.fast]) }.sorted { $0.gpu.index < $1.gpu.index }
  }

  private var allWorkers: [GPUWorker] { state.withLock { $0.workers + $0.leftBehind } }
}

// MARK: Finding

extension GPUBackendRunner {
  private func run() {
    while true {
      find()
      let end = Instant.now + options.fixedInterval
      let isStopped = control.wait { control, now, wakeAt -> Bool? in
        if control.isStopped { return true }
        if now >= end { return false }
        wakeAt = end
        return nil
      }
      if isStopped { return }
    }
  }

  private func find() {
    do throws(GPUBackendFailure) {
      guard forgetEnded() else {
        throw GPUBackendFailure(
          "the driver has gone while calls of it hang; they have to return before it is used again")
      }
      let attachments = try backend.discover()
      try adopt(attachments)
      state.withLock { state in
        state.isAsked = true
        state.failure = nil
      }
    } catch {
      state.withLock { state in
        state.isAsked = true
        state.failure = error.description
      }
      if error.isDriverGone { leave() }
    }
  }

  /// Starts workers of new GPUs and stops those of GPUs that are gone.
  private func adopt(_ attachments: [GPUAttachment]) throws(GPUBackendFailure) {
    let known = state.withLock(\.workers)
    let keys = Set(attachments.map(\.key))
    for worker in known where !keys.contains(worker.attachment.key) {
      // Its thread may notice the same meanwhile, but reads no other time.
      worker.stop()
      worker.recordLoss()
      state.withLock { state in
        state.workers.removeAll { $0 === worker }
        state.leftBehind.append(worker)
      }
    }
    // A GPU that comes back while its threads hang is not given new ones.
    let taken = Set(allWorkers.map(\.attachment.key))
    for attachment in attachments where !taken.contains(attachment.key) {
      let worker = GPUWorker(attachment, backend.vendor, options, events, bursts, reloads)
      do throws(SystemError) {
        try worker.start()
      } catch {
        worker.stop()
        throw GPUBackendFailure("a thread of GPU \(attachment.index) cannot be started: \(error)")
      }
      state.withLock { $0.workers.append(worker) }
      worker.burst(until: bursts.until)
      if control.withLock(\.isStopped) { worker.stop() }
    }
  }

  /// Stops all workers: what they read with belongs to a driver that has gone.
  ///
  /// That it was loaded again is an event of the workers that come after them, which know its version.
  private func leave() {
    let workers = state.withLock { state in
      defer {
        state.leftBehind += state.workers
        state.workers = []
      }
      return state.workers
    }
    for worker in workers { worker.stop() }
    let end = Instant.now + Self.endLimit
    for worker in workers { _ = worker.waitUntilEnded(by: end) }
    // Once they have ended: it is for the next worker of each GPU.
    for worker in workers { worker.noteDriverGone() }
    if forgetEnded() { backend.release() }
  }

  /// Forgets workers that have ended; false when one of a driver that has gone has not.
  private func forgetEnded() -> Bool {
    let left = state.withLock(\.leftBehind).filter { !$0.waitUntilEnded(by: Instant(nanoseconds: 0)) }
    return state.withLock { state in
      state.leftBehind = left
      return left.isEmpty || !state.workers.isEmpty
    }
  }
}
