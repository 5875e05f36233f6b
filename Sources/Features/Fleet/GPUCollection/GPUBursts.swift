package import Base
import Synchronization
import System

/// A time in which GPUs are read ten times a second.
package struct GPUBurst: Sendable, Hashable {
  package let startedAt: UnixNanoseconds
  package let until: UnixNanoseconds
  /// Who asked for it, or what happened.
  package let reason: String
}

/// Why there is no burst.
package enum GPUBurstRefusal: Error, Sendable, Hashable {
  /// There were as many in the last hour as may be.
  case budgetSpent
}

/// What is known of the bursts of a machine's GPUs.
package struct GPUBurstState: Sendable {
  /// Those since the start.
  package var demandedCount = 0
  package var automaticCount = 0
  /// Those that were refused because there had been too many in the hour.
  package var refusedCount = 0
  /// How long the drivers were asked for values in bursts, over all GPUs.
  package var readSeconds = 0.0
  package var newest: GPUBurst?

  package var count: Int { demandedCount + automaticCount }
}

/// The bursts of all GPUs of a machine.
final class GPUBursts: Sendable {
  private struct State {
    var budget: BurstBudget
    var known = GPUBurstState()
    var observer: (@Sendable () -> Void)?
    var faultObserver: (@Sendable (_ reason: String) -> Void)?
  }

  private let state: Mutex<State>

  init(hourlyMax: Duration) { state = Mutex(State(budget: BurstBudget(hourlyMax: hourlyMax))) }

  var known: GPUBurstState { state.withLock(\.known) }

  /// The end of the newest one.
  var until: Instant { Instant(nanoseconds: state.withLock(\.budget.end)) }

  func observe(_ observer: @escaping @Sendable () -> Void) { state.withLock { $0.observer = observer } }

  func observeFaults(_ observer: @escaping @Sendable (_ reason: String) -> Void) {
    state.withLock { $0.faultObserver = observer }
  }

  /// Says that something has happened around which GPUs are to be looked at.
  func noteFault(_ reason: String) { state.withLock(\.faultObserver)?(reason) }

  /// Begins a burst or makes the one that runs longer.
  func begin(
    _ duration: Duration, _ reason: String, isAutomatic: Bool, at now: Instant, time: UnixNanoseconds
  ) throws(GPUBurstRefusal) -> (burst: GPUBurst, until: Instant) {
    let result = state.withLock { state -> (GPUBurst, Instant, (@Sendable () -> Void)?)? in
      let (isNew, endBefore) = (now.nanoseconds >= state.budget.end, state.budget.end)
      guard state.budget.grant(duration, at: now.nanoseconds, isAutomatic: isAutomatic) else {
        state.known.refusedCount += 1
        return nil
      }
      if state.budget.end == endBefore, let running = state.known.newest {
        // It goes on for longer than is asked for.
        return (running, Instant(nanoseconds: endBefore), nil)
      }
      if isAutomatic { state.known.automaticCount += 1 } else { state.known.demandedCount += 1 }
      let end = Instant(nanoseconds: state.budget.end)
      let until = UnixNanoseconds(time.rawValue + (end - now).wholeNanoseconds)
      let startedAt = isNew ? time : state.known.newest?.startedAt ?? time
      let burst = GPUBurst(startedAt: startedAt, until: until, reason: reason)
      state.known.newest = burst
      return (burst, end, state.observer)
    }
    guard let (burst, until, observer) = result else { throw .budgetSpent }
    observer?()
    return (burst, until)
  }

  func addRead(_ duration: Duration) {
    state.withLock { $0.known.readSeconds += Double(duration.wholeNanoseconds) / 1e9 }
  }
}

extension GPUEventKind {
  /// What a burst shows more of: faults, not changes that people make.
  var isFault: Bool {
    switch self {
    case .xid, .gpuUnavailable, .recoveryAdvised: true
    case .eccError(let isCorrected): !isCorrected
    case .migConfigChange, .driverReload: false
    }
  }
}

extension GPUEvent {
  /// As the reason of a burst.
  var burstReason: String {
    let kind = if case .xid(let code) = kind { "xid \(code)" } else { kind.name }
    return pciBusID.map { "\(kind) of \($0)" } ?? kind
  }
}

/// The driver's bits for why the hardware lowers clocks, or heat does (`nvmlClocksEventReasons`).
enum HardwareSlowdown {
  /// Hardware slowdown (8), heat by software (20) and by hardware (40), power brake (80); a power cap is everyday.
  private static let bits: UInt64 = 0x8 | 0x20 | 0x40 | 0x80

  static func isActive(_ reasons: Double?) -> Bool {
    guard let reasons, reasons >= 0, reasons < 0x1p63 else { return false }
    return UInt64(reasons) & bits != 0
  }
}
