package import System

/// A collector of which some values are wanted more often for a while.
package protocol BurstCollector: Collector {
  /// How often in a burst.
  var burstInterval: Duration { get }
  /// When the burst ends; a time that has passed where there is none.
  var burstUntil: Instant { get }

  /// Appends only what is wanted more often.
  ///
  /// What is left out stays as it was.
  func collectBurst(into collected: inout Collected)
}
