import Base
import Compression
import Feature
import Metrics
import System

/// What the thread of a sender does.
final class SenderWork {
  private let transport: any SampleTransport
  private let format: SampleFormat
  private let spool: AgentSpool
  private let pace: AgentSender.Pace
  private let statistics: AgentStatistics
  private let logger: Logger
  /// Before it the server is left in peace.
  private var retryAt = Instant(nanoseconds: 0)
  private var nextReplayAt = Instant(nanoseconds: 0)
  private var failureCount = 0
  /// Why the newest request was not taken; nil when it was.
  private var problem: String?
  private var isMisconfigured = false
  private var isSpoolFailing = false
  private var isClockWrong = false

  init(
    transport: any SampleTransport, format: SampleFormat, spool: AgentSpool, pace: AgentSender.Pace,
    statistics: AgentStatistics, logger: Logger
  ) {
    self.transport = transport
    self.format = format
    self.spool = spool
    self.pace = pace
    self.statistics = statistics
    self.logger = logger
  }

  /// When the oldest request of the spool is due; never where there is none.
  var replayAt: Instant { spool.first() == nil ? .distantFuture : max(retryAt, nextReplayAt) }

  /// Sends new samples; keeps them where the server cannot take them now.
  func deliver(_ samples: [UInt8], sampleCount: Int) {
    guard let bytes = compress(samples) else { return statistics.drop(sampleCount, .sendFailed) }
    let request = AgentRequest(format: format, bytes: bytes, sampleCount: sampleCount)
    // Somebody has changed what the server refused.
    if isMisconfigured, transport.isChanged { retryAt = Instant(nanoseconds: 0) }
    if Instant.now >= retryAt, send(request) { return }
    guard !spool.add(request) else { return noteSpool(isFailing: false) }
    statistics.drop(sampleCount, .spoolFailed)
    noteSpool(isFailing: true)
  }

  /// Nil, with a word in the log, where there is no memory for it.
  private func compress(_ samples: [UInt8]) -> [UInt8]? {
    guard format == .otlp else { return SnappyBlock.encode(samples) }
    do throws(CompressionError) {
      var bytes: [UInt8] = []
      try StreamEncoder(.gzip).encode(samples[...], .body, into: &bytes)
      return bytes
    } catch {
      logger.error("samples are lost, since their request cannot be compressed", .init("error", error))
      return nil
    }
  }

  /// Sends the oldest request of the spool.
  func replay() {
    guard let request = spool.first() else { return }
    if send(request) { spool.removeFirst() }
    nextReplayAt = .now + pace.replayInterval
  }

  func close() { spool.close() }

  /// Whether a request is done with: the server has it, or will never take it.
  private func send(_ request: AgentRequest) -> Bool {
    let sampleCount = request.sampleCount
    let beganAt = Instant.now
    let outcome = transport.send(request)
    statistics.sendSeconds.set(Double((Instant.now - beganAt).wholeNanoseconds) / 1e9)
    noteClock()
    isMisconfigured = false
    switch outcome {
    case .accepted(let storedCount, let rejectedCount, let reason):
      let stored = max(0, min(storedCount ?? sampleCount - rejectedCount, sampleCount))
      statistics.sentRequests.add()
      statistics.sentSamples.add(stored)
      statistics.drop(sampleCount - stored, .refused)
      note(reason.map { "the server refuses some samples: \($0)" })
      succeeded()
      return true
    case .refused(let reason):
      statistics.failedRequests.add()
      statistics.drop(sampleCount, .refused)
      note("the server refuses samples, which are dropped: \(reason)")
      succeeded()
      return true
    case .unavailable(let reason, let retryAfter):
      note("samples wait on the disk: \(reason)")
      let doubled = pace.retryInterval * (1 << min(failureCount, 16))
      // Agents of many machines that lost the same server do not come back at the same moment.
      let delay = min(doubled, pace.retryIntervalMax) * pace.chance(0.5...1)
      failed(delay: max(delay, (retryAfter ?? .zero) * pace.chance(1...1.5)))
      return false
    case .misconfigured(let reason):
      note("samples wait on the disk: \(reason)")
      isMisconfigured = true
      failed(delay: pace.misconfiguredInterval * pace.chance(0.5...1))
      return false
    }
  }

  private func succeeded() {
    failureCount = 0
    retryAt = Instant(nanoseconds: 0)
  }

  private func failed(delay: Duration) {
    statistics.failedRequests.add()
    failureCount += 1
    retryAt = .now + delay
  }

  // MARK: - What is said once

  private func note(_ problem: String?) {
    defer { self.problem = problem }
    guard problem != self.problem else { return }
    if let problem {
      logger.warning(problem)
    } else {
      logger.info("the server takes samples again", .init("waiting_requests", Int(statistics.spoolRequests.value)))
    }
  }

  private func noteSpool(isFailing: Bool) {
    defer { isSpoolFailing = isFailing }
    guard isFailing != isSpoolFailing else { return }
    if isFailing {
      logger.error(
        "samples cannot be kept on the disk and are lost while the server is away; new ones are sent as soon as it is "
          + "back. Look at the folder of --spool-dir: it needs room, and has to be there since the start of the agent")
    } else {
      logger.info("samples are kept on the disk again")
    }
  }

  private func noteClock() {
    guard let offset = statistics.clockOffset else { return }
    let isWrong = abs(offset) > ServerClock.offsetMax
    defer { isClockWrong = isWrong }
    guard isWrong, !isClockWrong else { return }
    logger.warning(
      "the clocks of this machine and of the server differ, so that their samples do not stand side by side; "
        + "synchronise both", .init("seconds_ahead", Int(offset.rounded())))
  }
}
