import Base
import Feature
import FleetAPI
import Identity
import Synchronization
import System

/// Looks again and again for machines of which nothing is heard any more, so that this becomes an event.
final class NodeWatch: Service {
  /// Between two looks; machines count as silent after 90 s.
  private static let interval = Duration.seconds(10)

  private let registry: NodeRegistry
  private let tenants: @Sendable () throws -> [TenantID]
  private let now: @Sendable () -> UnixNanoseconds
  private let logger: Logger
  private let isStopping = Monitor(false)
  private let thread = Mutex<Thread?>(nil)

  init(
    registry: NodeRegistry, tenants: @escaping @Sendable () throws -> [TenantID],
    now: @escaping @Sendable () -> UnixNanoseconds, logger: Logger
  ) {
    self.registry = registry
    self.tenants = tenants
    self.now = now
    self.logger = logger
  }

  func start() throws {
    try thread.withLock { thread throws(SystemError) in
      thread = try Thread(name: "fleet-watch") { [self] in run() }
    }
  }

  func stop() {
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  private func run() {
    let start = now()
    var problem: String?
    var hasMoved = false
    repeat {
      do {
        for tenant in try tenants() {
          if !hasMoved { try registry.moveEvents(of: tenant) }
          try registry.noteSilence(of: tenant, at: now(), since: start)
        }
        hasMoved = true
        problem = nil
      } catch {
        if "\(error)" != problem {
          logger.warning("machines cannot be watched at present; it is tried again", .init("reason", "\(error)"))
        }
        problem = "\(error)"
      }
    } while wait()
  }

  /// False at the end.
  private func wait() -> Bool {
    let end = Instant.now + Self.interval
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      wakeAt = end
      return now >= end ? true : nil
    }
  }
}
