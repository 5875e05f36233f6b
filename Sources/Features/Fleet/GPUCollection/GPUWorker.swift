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
    /// The last one that says which GPU it is, and of which driver.
    var identity: PhysicalGPU?
    var isLossRecorded = false
  }

  let attachment: GPUAttachment
  private let vendor: GPUVendor
  private let options: GPUCollectorOptions
  private let events: GPUEventLog
  private let bursts: GPUBursts
  private let reloads: GPUDriverReloads
  private let control = Monitor(Control())
  private let state: Mutex<GPUState>
  private let readings = Mutex<[[GPUReading]]>(GPUSchedule.allCases.map { _ in [] })

  init(
    _ attachment: GPUAttachment, _ vendor: GPUVendor, _ options: GPUCollectorOptions, _ events: GPUEventLog,
    _ bursts: GPUBursts, _ reloads: GPUDriverReloads
  ) {
    self.bursts = bursts
    self.reloads = reloads
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
    var watch = GPUReadingWatch(hasNoEvents: attachment.openEvents == nil)
    var dueAt = GPUSchedule.allCases.map { _ in Instant.now }
    while let (schedules, isChanged) = nextSchedules(dueAt) {
      // The division of the GPU comes first; the slow values fill in what the fast ones do not have.
      for schedule in [GPUSchedule.fixed, .fast, .slow] where schedules.contains(schedule) {
        let began = Instant.now
        pass(schedule, reader, &watch, isChanged: isChanged)
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

  private func pass(
    _ schedule: GPUSchedule, _ reader: any GPUReader, _ watch: inout GPUReadingWatch, isChanged: Bool
  ) {
    var values: [GPUReading] = []
    switch schedule {
    case .fast: break
    case .slow:
      let processes = reader.processes()
      values.append(GPUReading(.processCount, processes.map { Double($0.count) }))
      let links = reader.links()
      state.withLock { state in
        state.processes = processes
        state.links = links
      }
    case .fixed:
      let gpu = reader.identity()
      let resources = reader.resources(isChanged: isChanged)
      let peers = reader.peers()
      state.withLock { state in
        state.gpu = gpu
        state.resources = resources
        state.peers = peers
        if gpu.isDivided == true { state.links = nil }
      }
      control.withLock { control in
        let isKnown = gpu.pciBusID != nil && (gpu.driverVersion != nil || control.identity?.driverVersion == nil)
        if isKnown { control.identity = gpu }
      }
      if !control.withLock(\.isStopped), let reload = reloads.take(gpu) {
        record(.driverReload, .readings, reload.message(version: gpu.driverVersion))
      }
    }
    values += reader.read(schedule)
    let before = readings.withLock { [values] readings in
      defer { readings[schedule.rawValue] = values }
      return readings[schedule.rawValue]
    }
    let events = watch.events(values)
    if !watch.isLost { control.withLock { $0.isLossRecorded = false } }
    for event in events { note(event, reader) }
    if schedule == .fast { noteSlowdown(values, after: before) }
  }

  /// Records what values say that no event of the driver does.
  private func note(_ event: GPUEventKind, _ reader: any GPUReader) {
    switch event {
    case .gpuUnavailable: recordLoss()
    case .driverReload:
      let reload = GPUDriverReload(versionBefore: state.withLock(\.gpu.driverVersion))
      record(.driverReload, .readings, reload.message(version: reader.identity().driverVersion))
    default: record(event, .readings)
    }
  }

  /// Notes that clocks are lowered by heat or hardware since the values before; not what was so when the program began.
  private func noteSlowdown(_ values: [GPUReading], after before: [GPUReading]) {
    if let reasons = GPUReadingWatch.reading(.clockEventReasons, before)?.value, !HardwareSlowdown.isActive(reasons),
      HardwareSlowdown.isActive(GPUReadingWatch.reading(.clockEventReasons, values)?.value)
    {
      bursts.noteFault("clocks lowered of \(state.withLock(\.gpu.pciBusID) ?? "GPU \(attachment.index)")")
    }
  }

  /// Adds the event that the GPU does not answer, once until it does.
  func recordLoss() {
    let isNew = control.withLock { control in
      defer { control.isLossRecorded = true }
      return !control.isLossRecorded
    }
    if isNew { record(.gpuUnavailable, .readings) }
  }

  /// Notes that the driver has gone, for the next worker of this GPU.
  ///
  /// What was read of it last may be of the time after, when nothing is known of a GPU any more.
  func noteDriverGone() {
    if let gpu = control.withLock(\.identity) { reloads.noteGone(gpu) }
  }

  /// Adds an event of this GPU to the log.
  func record(_ kind: GPUEventKind, _ source: GPUEvent.Source, _ message: String? = nil) {
    events.record(
      GPUEvent(
        kind: kind, source: source, time: WallClock.now, pciBusID: state.withLock(\.gpu.pciBusID), message: message))
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
