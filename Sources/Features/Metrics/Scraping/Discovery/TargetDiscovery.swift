/// Something that finds targets.
///
/// One thread at a time.
protocol TargetDiscovery: AnyObject, Sendable {
  /// How often ``refresh()`` is called.
  var interval: Duration { get }

  /// Looks for targets. May block; ends within the time of a name look-up.
  func refresh() -> DiscoveredTargets
}

/// What a discovery has found.
struct DiscoveredTargets: Sendable, Hashable {
  /// All that are known now: where something fails, those that it gave before.
  var groups: [TargetGroup] = []
  /// What went wrong, a sentence each without its period.
  var problems: [String] = []
}
