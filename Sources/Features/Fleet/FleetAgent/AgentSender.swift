package import Base
package import Feature
import Synchronization
package import System

/// Sends samples to a server, and keeps them on the disk while that cannot take them.
///
/// What comes is gathered for an interval and sent as one request. While the server is away, requests go to the spool;
/// when it is back they are sent again in their order, one after another with pauses, and new samples go between them.
package final class AgentSender: SampleSink {
  /// How an agent sends.
  package struct Pace: Sendable {
    /// How long samples are gathered.
    package var sendInterval: Duration
    /// Between two requests of the spool; a day of an outage at five seconds a request takes a quarter of an hour.
    package var replayInterval: Duration
    /// After the first failure; it doubles with each further one.
    package var retryInterval: Duration
    package var retryIntervalMax: Duration
    /// After a response that only somebody's doing changes, such as that to a wrong key.
    package var misconfiguredInterval: Duration
    /// A number out of a range, so that agents do not act at the same moment.
    package var chance: @Sendable (ClosedRange<Double>) -> Double

    package init(
      sendInterval: Duration = .seconds(5), replayInterval: Duration = .milliseconds(50),
      retryInterval: Duration = .seconds(1), retryIntervalMax: Duration = .seconds(30),
      misconfiguredInterval: Duration = .seconds(60),
      chance: @escaping @Sendable (ClosedRange<Double>) -> Double = { .random(in: $0) }
    ) {
      self.sendInterval = sendInterval
      self.replayInterval = replayInterval
      self.retryInterval = retryInterval
      self.retryIntervalMax = retryIntervalMax
      self.misconfiguredInterval = misconfiguredInterval
      self.chance = chance
    }
  }

  private struct State {
    var gathered: [UInt8] = []
    var sampleCount = 0
    /// Agents collect at the same moments of the clock, and each sends at moments of its own.
    var sendAt: Instant
    var isStopping = false
  }

  /// Samples that are gathered while a request is under way: minutes of a large machine.
  static let gatheredBytesMax = 8 << 20

  package let format: SampleFormat
  private let state: Monitor<State>
  private let pace: Pace
  private let thread = Mutex<Thread?>(nil)
  private let worker: Mutex<SenderWork?>

  /// Throws an ``ErrorReport`` for a spool that cannot be used.
  package init(
    _ transport: any SampleTransport, _ format: SampleFormat, spoolFolder: String, limits: AgentSpoolLimits, pace: Pace,
    statistics: AgentStatistics, logger: Logger
  ) throws {
    self.format = format
    self.pace = pace
    state = Monitor(State(sendAt: .now + pace.sendInterval * pace.chance(0.5...1)))
    worker = Mutex(
      SenderWork(
        transport: transport, format: format,
        spool: try AgentSpool(spoolFolder, limits, statistics: statistics, logger: logger.component("spool")),
        pace: pace, statistics: statistics, logger: logger))
  }

  package func start() throws(SystemError) {
    try thread.withLock { thread throws(SystemError) in
      thread = try Thread(name: "agent-send") { [self] in run() }
    }
  }

  /// Sends what was gathered, or keeps it on the disk.
  package func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  package func store(_ request: [UInt8], sampleCount: Int, of tenant: TenantID) -> SampleOutcome {
    let outcome = state.withLock { state -> SampleOutcome in
      guard state.gathered.count + request.count <= Self.gatheredBytesMax else {
        return .retry(reason: "requests to the server take longer than samples take to come")
      }
      state.gathered += request
      state.sampleCount += sampleCount
      return .stored()
    }
    state.notifyAll()
    return outcome
  }

  private typealias Gathered = (bytes: [UInt8], sampleCount: Int)

  private enum Turn {
    case send(Gathered)
    case replay
    case end(Gathered)
  }

  private func run() {
    guard let work = worker.withLock({ $0.take() }) else { return }
    while true {
      switch next(replayAt: work.replayAt) {
      case .send(let samples): work.deliver(samples.bytes, sampleCount: samples.sampleCount)
      case .replay: work.replay()
      case .end(let samples):
        if !samples.bytes.isEmpty { work.deliver(samples.bytes, sampleCount: samples.sampleCount) }
        return work.close()
      }
    }
  }

  private func next(replayAt: Instant) -> Turn {
    state.wait { state, now, wakeAt in
      if state.isStopping { return .end(take(&state, at: now)) }
      // New samples go first, so that a long spool does not hold them up.
      if !state.gathered.isEmpty, now >= state.sendAt { return .send(take(&state, at: now)) }
      if now >= replayAt { return .replay }
      wakeAt = min(state.gathered.isEmpty ? .distantFuture : state.sendAt, replayAt)
      return nil
    }
  }

  private func take(_ state: inout State, at now: Instant) -> Gathered {
    defer {
      state.gathered = []
      state.sampleCount = 0
      let next = state.sendAt + pace.sendInterval
      state.sendAt = next > now ? next : now + pace.sendInterval
    }
    return (state.gathered, state.sampleCount)
  }
}
