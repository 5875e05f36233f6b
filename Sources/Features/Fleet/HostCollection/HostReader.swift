import Base
package import Collection
import System

/// The facts of a machine, read twice so that there are rates.
package struct HostReading {
  package let earlier: Collected
  package let later: Collected
  /// Between the two.
  package let seconds: Double
}

/// Runs all collectors of a machine whenever it is asked.
package final class HostReader {
  private let collectors: [any Collector]
  private var collected: Collected
  private var readAt = Instant.now

  /// - Parameter others: further collectors, which run after those of the machine.
  package init(_ roots: HostRoots, and others: [any Collector] = []) {
    let entries = HostCollectors.quick(roots, .default) + HostCollectors.slow(roots, .default)
    collectors = entries.map(\.collector) + others
    collected = Collected(collectors: collectors.map(\.name))
  }

  /// Reads all facts, and compares them with those of the time before.
  ///
  /// - Parameter pause: how long to wait before.
  package func read(after pause: Duration = .zero) -> HostReading {
    if pause > .zero { Thread.sleep(for: pause) }
    let earlier = collected
    let beganAt = Instant.now
    collected.begin(at: WallClock.now)
    for (number, collector) in collectors.enumerated() { collected.run(collector, number: number) }
    defer { readAt = beganAt }
    return HostReading(
      earlier: earlier, later: collected, seconds: Double((beganAt - readAt).wholeNanoseconds) / 1e9)
  }
}
