import Base
import Synchronization
import System

/// The threads of one GPU: one that reads it, one that waits for its events.
///
/// A call into the driver may never return. Then this GPU's threads hang, and no other's; nobody starts them again.
final class GPUWorker: Sendable {
  private struct Control {
    var isStopped = false
    var burstUntil = Instant(nanoseconds: 0)
    /// The driver has reported another division of the GPU.
    var isDivisionChanged = false
    var threadCount = 0
  }

  let attachment: GPUAttachment
  private let vendor: GPUVendor
  private let options: GPUCollectorOptions
  private let events: GPUEventLog
  private let bursts: GPUBursts
  private let control = Monitor(Control())
  private let state: Mutex<GPUState>
  private let readings = Mutex<[[GPUReading]]>(GPUSchedule.allCases.map { _ in [] })

  init(
    _ attachment: GPUAttachment, _ vendor: GPUVendor, _ options: GPUCollectorOptions, _ events: GPUEventLog,
    _ bursts: GPUBursts
  ) {
    self.bursts = bursts
    self.attachment = attachment
    self.vendor = vendor
    self.options = options
    self.events = events
    state = Mutex(GPUState(gpu: PhysicalGPU(vendor: vendor, index: attachment.index)))
  }

  func start() throws(SystemError) {
    try startThread("gpu-\(attachment.index)") { [self] in read() }
    guard let openEvents = attachment.openEvents else { return }
    try startThread("gpu-\(attachment.index)-event") { [self] in waitForEvents(openEvents) }
  }

  private func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    control.withLock { $0.threadCount += 1 }
    do throws(SystemError) {
      let thread = try Thread(name: name) { [self] in
        body()
        control.withLock { $0.threadCount -= 1 }
        control.notifyAll()
      }
      thread.detach()
    } catch {
      control.withLock { $0.threadCount -= 1 }
      throw error
    }
  }

  /// Lets the threads end, which those that hang in the driver cannot.
  func stop() {
    control.withLock { $0.isStopped = true }
    control.notifyAll()
  }

  /// Waits for the threads to end; false when some have not by then.
  func waitUntilEnded(by limit: Instant) -> Bool {
    control.wait { control, now, wakeAt in
      if control.threadCount == 0 { return true }
      if now >= limit { return false }
      wakeAt = limit
      return nil
    }
  }

  func burst(until end: Instant) {
    control.withLock { $0.burstUntil = max($0.burstUntil, end) }
    control.notifyAll()
  }

  /// What was read last; a GPU whose call does not return has no values.
  ///
  /// - Parameter schedules: the values of which schedules it has.
  func snapshot(at now: Instant, _ schedules: [GPUSchedule] = GPUSchedule.allCases) -> GPUState {
    var snapshot = state.withLock { $0 }
    snapshot.readings = readings.withLock { readings in schedules.flatMap { readings[$0.rawValue] } }
    guard let call = attachment.runningCall(), now - call.since >= options.wedgedAfter else { return snapshot }
    snapshot.wedged = call
    let reason = GPUUnavailable.wedged(call: call.name)
    snapshot.readings = snapshot.readings.map {
      GPUReading($0.metric, $0.scope, detail: $0.detail, .unavailable(reason))
    }
    snapshot.processes = .unavailable(reason)
    return snapshot
  }
}

// MARK: Reading

extension GPUWorker {
  private func read() {
    let reader = attachment.open()
    var dueAt = GPUSchedule.allCases.map { _ in Instant.now }
    while let (schedules, isChanged) = nextSchedules(dueAt) {
      // The division of the GPU comes first; the slow values fill in what the fast ones do not have.
      for schedule in [GPUSchedule.fixed, .fast, .slow] where schedules.contains(schedule) {
        let began = Instant.now
        pass(schedule, reader, isChanged: isChanged)
        dueAt[schedule.rawValue] = began + interval(schedule)
        guard schedule == .fast, began < control.withLock(\.burstUntil) else { continue }
        bursts.addRead(.now - began)
        // At fixed points, so that who collects ten times a second finds a new value each time.
        dueAt[schedule.rawValue] = Self.point(after: began, burstInterval) + early
      }
    }
  }

  /// Waits until something is due; nil when the worker is stopped.
  private func nextSchedules(_ dueAt: [Instant]) -> (schedules: [GPUSchedule], isChanged: Bool)? {
    control.wait { control, now, wakeAt -> (schedules: [GPUSchedule], isChanged: Bool)?? in
      if control.isStopped { return .some(nil) }
      let isBurst = now < control.burstUntil
      let due = GPUSchedule.allCases.filter { schedule in
        // A burst that begins does not wait for the end of the second.
        let early = isBurst && schedule == .fast ? early : .zero
        let time = Instant(nanoseconds: dueAt[schedule.rawValue].nanoseconds - early.wholeNanoseconds)
        if time <= now || (control.isDivisionChanged && schedule == .fixed) { return true }
        wakeAt = min(wakeAt, time)
        return false
      }
      if due.isEmpty { return .none }
      let isChanged = control.isDivisionChanged
      control.isDivisionChanged = false
      return .some((due, isChanged))
    }
  }

  /// By how much fast values are read earlier in a burst.
  private var early: Duration { options.fastInterval - burstInterval }

  private var burstInterval: Duration { min(options.burstInterval, options.fastInterval) }

  /// The first multiple of an interval after a time.
  static func point(after time: Instant, _ interval: Duration) -> Instant {
    let step = interval.wholeNanoseconds
    return Instant(nanoseconds: (time.nanoseconds / step + 1) * step)
  }

  private func interval(_ schedule: GPUSchedule) -> Duration {
    switch schedule {
    case .fast: options.fastInterval
    case .slow: options.slowInterval
    case .fixed: options.fixedInterval
    }
  }

  private func pass(_ schedule: GPUSchedule, _ reader: any GPUReader, isChanged: Bool) {
    var values: [GPUReading] = []
    switch schedule {
    case .fast: break
    case .slow:
      let processes = reader.processes()
      values.append(GPUReading(.processCount, processes.map { Double($0.count) }))
      state.withLock { $0.processes = processes }
    case .fixed:
      let gpu = reader.identity()
      let resources = reader.resources(isChanged: isChanged)
      let peers = reader.peers()
      let links = reader.links()
      state.withLock { state in
        state.gpu = gpu
        state.resources = resources
        state.peers = peers
        state.links = links
      }
    }
    values += reader.read(schedule)
    let before = readings.withLock { [values] readings in
      defer { readings[schedule.rawValue] = values }
      return readings[schedule.rawValue]
    }
    if schedule == .fast { compare(values, with: before) }
  }

  /// Notes what values say that no event does: counters that went back, a GPU that is gone.
  private func compare(_ values: [GPUReading], with before: [GPUReading]) {
    if let now = Self.reading(.energy, values)?.value, let last = Self.reading(.energy, before)?.value, now < last {
      record(.driverReload, .readings)
    }
    // Not what was so when the program began.
    if let reasons = Self.reading(.clockEventReasons, before)?.value, !HardwareSlowdown.isActive(reasons),
      HardwareSlowdown.isActive(Self.reading(.clockEventReasons, values)?.value)
    {
      bursts.noteFault("clocks lowered of \(state.withLock(\.gpu.pciBusID) ?? "GPU \(attachment.index)")")
    }
    let isLost = Self.reading(.temperature, values)?.reason == .lost
    if isLost, Self.reading(.temperature, before)?.reason != .lost { record(.gpuUnavailable, .readings) }
  }

  private static func reading(_ metric: GPUMetric, _ readings: [GPUReading]) -> Measured<Double>? {
    readings.first { $0.metric == metric && $0.scope == .gpu }?.value
  }

  /// Adds an event of this GPU to the log.
  func record(_ kind: GPUEventKind, _ source: GPUEvent.Source) {
    events.record(
      GPUEvent(
        kind: kind, source: source, time: WallClock.now, pciBusID: state.withLock(\.gpu.pciBusID), message: nil))
  }
}

// MARK: Events

extension GPUWorker {
  private func waitForEvents(_ open: @Sendable () throws(GPUBackendFailure) -> any GPUEventReader) {
    var reader: (any GPUEventReader)?
    while !control.withLock(\.isStopped) {
      do throws(GPUBackendFailure) {
        let current: any GPUEventReader
        if let reader { current = reader } else { current = try open() }
        reader = current
        guard let kind = try current.next(within: options.eventInterval) else { continue }
        record(kind, .driver)
        if kind == .migConfigChange {
          control.withLock { $0.isDivisionChanged = true }
          control.notifyAll()
        }
      } catch {
        // A GPU without events, or one that is lost: it is asked again, as its readings are.
        reader = nil
        pause()
      }
    }
  }

  private func pause() {
    let end = Instant.now + options.eventInterval
    control.wait { control, now, wakeAt -> Void? in
      if control.isStopped || now >= end { return () }
      wakeAt = end
      return nil
    }
  }
}
