import GRPCClient
import Synchronization
package import System

/// Asks the kubelet again and again which containers hold which devices.
///
/// It has a socket for that, `v1.PodResourcesLister`. Where there is none, this machine is no node of Kubernetes, and
/// nothing is said; it is looked for again, as the kubelet may start later.
package final class KubeletWatch: Sendable {
  /// How often and how long the kubelet is asked.
  package struct Pace: Sendable {
    /// Between two questions: pods come and go within seconds, and the kubelet takes 100 questions a second.
    package var interval = Duration.seconds(10)
    /// After a failure, twice as long after each further one.
    package var retryAfter = Duration.seconds(1)
    package var retryAfterMax = Duration.seconds(60)
    /// For each of the two calls; the kubelet answers from memory.
    package var timeout = Duration.seconds(5)
    /// How long what was heard last holds while the kubelet does not respond: it restarts in seconds, and a wrong name
    /// is worse than none.
    package var validFor = Duration.seconds(60)

    package init() {}
  }

  private struct Control {
    var isStopped = false
    var isRunning = false
  }

  private struct State {
    var allocations: PodAllocations?
    var heardAt = Instant(nanoseconds: 0)
    var failure: String?
  }

  private let path: String
  private let pace: Pace
  private let state = Mutex(State())
  private let control = Monitor(Control())

  package static let pathDefault = "/var/lib/kubelet/pod-resources/kubelet.sock"
  private static let service = "/v1.PodResourcesLister"
  /// As large as the kubelet's own clients take.
  private static let responseBytesMax = 16 << 20

  package init(path: String = KubeletWatch.pathDefault, pace: Pace = Pace()) {
    self.path = path
    self.pace = pace
  }

  package func start() throws(SystemError) {
    control.withLock { $0.isRunning = true }
    do throws(SystemError) {
      let thread = try Thread(name: "kubelet") { [self] in
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

  /// Lets the thread end, which a call in progress may hold up for its timeout.
  package func stop() {
    control.withLock { $0.isStopped = true }
    control.notifyAll()
  }

  package func waitUntilEnded(by limit: Instant) -> Bool {
    control.wait { control, now, wakeAt in
      if !control.isRunning { return true }
      if now >= limit { return false }
      wakeAt = limit
      return nil
    }
  }

  /// What the kubelet said last; nil where nothing is known.
  package func allocations(at now: Instant = .now) -> PodAllocations? {
    state.withLock { now - $0.heardAt <= pace.validFor ? $0.allocations : nil }
  }

  /// Why the kubelet's answer is missing or old, for people; nil where it is not, or where there is no kubelet.
  package var failure: String? { state.withLock(\.failure) }

  private func run() {
    var retryAfter = pace.retryAfter
    while true {
      let pause: Duration
      if ask() {
        (pause, retryAfter) = (pace.interval, pace.retryAfter)
      } else {
        (pause, retryAfter) = (retryAfter, min(retryAfter * 2, pace.retryAfterMax))
      }
      let end = Instant.now + pause
      let isStopped = control.wait { control, now, wakeAt -> Bool? in
        if control.isStopped { return true }
        wakeAt = end
        return now >= end ? false : nil
      }
      if isStopped { return }
    }
  }

  /// False where the kubelet is to be asked again soon.
  private func ask() -> Bool {
    guard File.exists(path) else {
      state.withLock { $0.failure = nil }
      return true
    }
    do {
      var allocations = try PodAllocations(list: call("List"))
      allocations.allocatable = try allocatable()
      state.withLock { [allocations] in
        $0 = State(allocations: allocations, heardAt: .now, failure: nil)
      }
      return true
    } catch {
      state.withLock { $0.failure = "pods of GPUs are not known: \(error)" }
      return false
    }
  }

  /// Empty where the kubelet refuses the question: before 1.23 it does by default.
  private func allocatable() throws -> [String: Int] {
    let message: [UInt8]
    do throws(GRPCCallFailure) {
      message = try call("GetAllocatableResources")
    } catch {
      guard case .refused = error.kind else { throw error }
      return [:]
    }
    return try PodAllocations.allocatable(message)
  }

  private func call(_ method: String) throws(GRPCCallFailure) -> [UInt8] {
    try GRPCCall(
      socketPath: path, method: "\(Self.service)/\(method)", timeout: pace.timeout,
      responseBytesMax: Self.responseBytesMax
    ).send([])
  }
}
