import Base
import Engine
import Synchronization
package import System

/// Refuses rows before the disk is full, and takes them again by itself when there is room.
///
/// A merge needs the room of its result beside its sources, so a full disk is worse than a refusal: the engine could not
/// even make room.
package final class DiskGuard: IngestGate {
  /// How long a finding holds before the kernel is asked again.
  ///
  /// Default 1 s.
  private static let checkInterval = Duration.seconds(1)

  private enum Finding: Int { case roomy, full, readOnly, unknown }

  private let folder: String
  private let freeBytesMin: Int
  private let measure: @Sendable (_ folder: String) throws -> FileSystemSpace
  private let now: @Sendable () -> Instant
  private let checkedAt = Atomic<Int64>(.min)
  private let finding = Atomic<Int>(Finding.roomy.rawValue)
  private let lastFreeBytes = Atomic<Int>(0)

  /// - Parameters:
  ///   - freeBytesMin: refuse below this many free bytes.
  ///   - measure: asks for the room; a test gives its own.
  package init(
    folder: String, freeBytesMin: Int,
    measure: @escaping @Sendable (_ folder: String) throws -> FileSystemSpace = { try FileSystemSpace(of: $0) },
    now: @escaping @Sendable () -> Instant = { .now }
  ) {
    self.folder = folder
    self.freeBytesMin = freeBytesMin
    self.measure = measure
    self.now = now
  }

  /// Free bytes when last asked for; for metrics.
  package var freeBytes: Int {
    check()
    return lastFreeBytes.load(ordering: .relaxed)
  }

  package var refusal: String? {
    check()
    return switch Finding(rawValue: finding.load(ordering: .relaxed)) ?? .unknown {
    case .roomy: nil
    case .full: "the server's disk is almost full (less than \(ByteCountText.format(freeBytesMin)) free); make room, or keep less with shorter retention"
    case .readOnly: "the server's data directory is read-only"
    case .unknown: "the server's data directory cannot be examined"
    }
  }

  /// Asks the kernel if the last result is old; one thread at a time does.
  private func check() {
    let now = now().nanoseconds
    let last = checkedAt.load(ordering: .relaxed)
    let interval = Self.checkInterval.components.seconds * 1_000_000_000
    guard last == .min || now - last >= interval else { return }
    guard checkedAt.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged else { return }
    let found: Finding
    if let space = try? measure(folder) {
      lastFreeBytes.store(space.freeBytes, ordering: .relaxed)
      found = space.isReadOnly ? .readOnly : space.freeBytes < freeBytesMin ? .full : .roomy
    } else {
      found = .unknown
    }
    finding.store(found.rawValue, ordering: .relaxed)
  }
}
