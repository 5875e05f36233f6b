import Base
import Feature
import RegistrySQLite
import Synchronization
import System

/// Whether the registry can be read, and now and then whether it can be written.
enum RegistryCheck {
  /// How often the registry is written to, which costs the disk more than a read.
  private static let writeInterval = Duration.seconds(60)

  private final class State: Sendable {
    /// When it was last written to, if all was well since.
    let writtenAt = Mutex<Instant?>(nil)
  }

  static func healthCheck(_ registry: SQLiteRegistry) -> HealthCheck {
    let state = State()
    return HealthCheck("registry", summary: "the registry of keys cannot be used") {
      let now = Instant.now
      if let writtenAt = state.writtenAt.withLock({ $0 }), now < writtenAt + writeInterval {
        do {
          _ = try registry.changeToken()
        } catch {
          // A failure is looked at again at once.
          state.writtenAt.withLock { $0 = nil }
          throw error
        }
      } else {
        state.writtenAt.withLock { $0 = nil }
        try registry.check()
        state.writtenAt.withLock { $0 = now }
      }
    }
  }
}
