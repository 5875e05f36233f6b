/// The targets of a job, of all its discoveries together.
struct TargetSet: Sendable {
  /// Each once, in the order of discovery.
  var active: [TargetDefinition] = []
  var dropped: [ScrapeTargetsView.DroppedTarget] = []
  var droppedCount = 0
  /// Why all targets of the job fail; nil for no reason.
  var error: String?

  /// Targets of one job; a cluster of 1,000 machines has some thousands.
  ///
  /// The rest is left out, with an error.
  static let activeCountMax = 20_000
  /// Dropped targets that are listed for each job.
  static let droppedCountMax = 1000

  /// Relabels everything that a job's discoveries found.
  static func make(_ groups: [TargetGroup], of job: ScrapeJob) -> TargetSet {
    var set = TargetSet()
    var seen: Set<TargetDefinition.Identity> = []
    let listedMax =
      job.limits.droppedTargetCountMax == 0
      ? droppedCountMax : min(job.limits.droppedTargetCountMax, droppedCountMax)
    func drop(_ target: ScrapeTargetsView.DroppedTarget) {
      set.droppedCount += 1
      if set.dropped.count < listedMax { set.dropped.append(target) }
    }
    var beyondCount = 0
    for group in groups {
      for target in group.targets {
        switch TargetDefinition.make(target, in: group, of: job) {
        case .active(let definition):
          guard seen.insert(definition.identity).inserted else { continue }
          if set.active.count < activeCountMax { set.active.append(definition) } else { beyondCount += 1 }
        case .dropped(let labels):
          drop(.init(discoveredLabels: labels, scrapePool: job.name, error: nil))
        case .invalid(let labels, let reason):
          drop(.init(discoveredLabels: labels, scrapePool: job.name, error: reason))
        }
      }
    }
    let count = set.active.count + beyondCount
    if job.limits.targetCountMax > 0, count > job.limits.targetCountMax {
      set.error = "the job has \(count) targets, more than its target_limit of \(job.limits.targetCountMax)"
    } else if beyondCount > 0 {
      set.error = "the job has \(count) targets, more than the \(activeCountMax) that one job may have; split it"
    }
    return set
  }
}
