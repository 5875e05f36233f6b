import Base
import Feature
import HTTPTypes
import JSON
import Synchronization
import System

/// Whether the process lives and whether it can work.
///
/// Checks run on a thread of their own, so that they wait for no query, one at a time and at most once a second, however
/// often they are asked for.
final class Health: Sendable {
  /// For how long a result is good.
  private static let ageMax = Duration.seconds(1)
  /// How long a check may take before it counts as failed.
  private static let checkTimeout = Duration.seconds(5)
  /// Requests that wait for a check at once; more get the last result.
  private static let waiterCountMax = 256

  /// What a check came to.
  struct Check: Sendable {
    let name: String
    /// What is wrong, for everybody; nil when nothing is.
    let problem: String?
    /// What is wrong, for those who may query.
    let details: String?
    /// Whether the server is ready all the same.
    var isReady = false
  }

  private struct State {
    var checks: [Check] = []
    var checkedAt: Instant?
    /// When the check that runs now began.
    var startedAt: Instant?
    var waiters: [CheckedContinuation<[Check], Never>] = []
  }

  private let phase: ServerPhase
  private let wanted: [HealthCheck]
  private let logger: Logger
  private let worker: WorkerPool
  private let state = Mutex(State())

  init(phase: ServerPhase, checks: [HealthCheck], logger: Logger) throws {
    self.phase = phase
    wanted = checks
    self.logger = logger
    worker = try WorkerPool(name: "health", threadCount: 1, queueCountMax: 1)
  }

  func stop() { worker.stop() }

  /// `/healthz`: the process responds.
  static let alive = HTTPResponse(contentType: "application/json", body: Array(#"{"status":"ok"}"#.utf8))

  /// `/readyz`: 200 when requests can be served, 503 with what is wrong otherwise.
  ///
  /// It asks every check of the server and of its features.
  func readiness(showsDetails: Bool) async -> HTTPResponse {
    var checks: [Check] = []
    switch phase.current {
    case .serving: break
    case .starting: checks.append(Check(name: "server", problem: "the server is starting", details: nil))
    case .stopping: checks.append(Check(name: "server", problem: "the server is stopping", details: nil))
    }
    checks += await self.checks()
    let isReady = checks.allSatisfy { $0.problem == nil || $0.isReady }
    var writer = JSONWriter()
    writer.object { body in
      body.member("status", isReady ? "ready" : "unready")
      body.key("checks")
      body.object { list in
        for check in checks {
          list.member(check.name, (showsDetails ? check.details : nil) ?? check.problem ?? "ok")
        }
      }
    }
    return HTTPResponse(status: isReady ? 200 : 503, contentType: "application/json", body: writer.bytes)
  }

  /// The latest result, or the next one when it is too old.
  private func checks() async -> [Check] {
    await withCheckedContinuation { continuation in
      let now = Instant.now
      enum Next { case result([Check]), start, wait }
      let next: Next = state.withLock { state in
        if let checkedAt = state.checkedAt, now < checkedAt + Self.ageMax { return .result(state.checks) }
        if let startedAt = state.startedAt, now >= startedAt + Self.checkTimeout {
          return .result([Self.timedOut])
        }
        if state.waiters.count >= Self.waiterCountMax {
          return .result(state.checkedAt == nil ? [Self.timedOut] : state.checks)
        }
        state.waiters.append(continuation)
        if state.startedAt != nil { return .wait }
        state.startedAt = now
        return .start
      }
      switch next {
      case .result(let checks): continuation.resume(returning: checks)
      case .wait: break
      case .start:
        if worker.submit({ [self] in finish(run()) }) != nil { finish([Self.timedOut]) }
      }
    }
  }

  private static let timedOut = Check(name: "store", problem: "the check takes too long", details: nil)

  private func finish(_ checks: [Check]) {
    let (waiters, old) = state.withLock { state in
      defer {
        state.waiters = []
        state.checks = checks
        state.checkedAt = .now
        state.startedAt = nil
      }
      return (state.waiters, state.checks)
    }
    for waiter in waiters { waiter.resume(returning: checks) }
    for check in checks
    where check.problem != nil && !check.isReady && old.first(where: { $0.name == check.name })?.problem == nil {
      logger.warning(
        "not ready", .init("check", check.name), .init("problem", check.details ?? check.problem ?? ""))
    }
  }

  private func run() -> [Check] {
    wanted.map { check in
      let problem = check.run()
      return Check(
        name: check.name, problem: problem?.summary, details: problem?.details, isReady: problem?.isReady ?? false)
    }
  }
}
