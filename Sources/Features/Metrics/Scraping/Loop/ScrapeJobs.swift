import Base
import Series
import Synchronization
import System

/// The targets of all jobs, and the schedule of their scrapes.
final class ScrapeJobs: Sendable {
  private struct JobState {
    let job: ScrapeJob
    /// Of each discovery.
    var found: [DiscoveredTargets]
    var set = TargetSet()
    var targets: [TargetDefinition.Identity: ScrapeTarget] = [:]
  }

  private struct State {
    var schedule: ScrapeSchedule
    /// By id.
    var jobs: [Int: JobState] = [:]
    /// The ids of the jobs as they stand in the configuration.
    var order: [Int] = []
    /// The ids of the jobs by name.
    var ids: [String: Int] = [:]
    var targets: [Int: ScrapeTarget] = [:]
    var isStopping = false
  }

  /// A scrape that begins now.
  struct Begun: Sendable {
    let target: ScrapeTarget
    /// Why it fails without being tried; nil for no reason.
    let error: String?
  }

  private let make: @Sendable (LabelSet, ScrapeJob) -> TargetSeries
  private let sink: any ScrapedSampleSink
  private let ended: @Sendable (Int, ScrapedSampleOutcome) -> Void
  private let now: @Sendable () -> UnixNanoseconds
  private let state: Monitor<State>
  /// One change of jobs or targets after the other; the last id that one of them got.
  private let changes = Mutex(0)

  /// Samples of one call of the sink when many targets end.
  private static let endedSampleCountMax = 100_000

  /// - Parameters:
  ///   - ended: called when targets have ended, with the number of their stale markers and what became of those.
  ///   - make: the series of a target with these labels.
  init(
    runningCountMax: Int, sink: any ScrapedSampleSink,
    now: @escaping @Sendable () -> UnixNanoseconds,
    ended: @escaping @Sendable (Int, ScrapedSampleOutcome) -> Void,
    make: @escaping @Sendable (LabelSet, ScrapeJob) -> TargetSeries
  ) {
    self.ended = ended
    self.make = make
    self.sink = sink
    self.now = now
    state = Monitor(State(schedule: ScrapeSchedule(runningCountMax: runningCountMax)))
  }

  // MARK: Jobs

  /// Takes on the jobs of a configuration, whose names are unique.
  ///
  /// A job that is as it was keeps its id and its targets, with when they are scraped and what is known of their series. The
  /// targets of the others end.
  ///
  /// - Returns: the ids of the jobs in order.
  func replace(_ jobs: [ScrapeJob]) -> [Int] {
    changes.withLock { lastID in
      let (known, before) = state.withLock { ($0.ids, $0.jobs) }
      let ids = jobs.map { job -> Int in
        if let id = known[job.name], before[id]?.job == job { return id }
        lastID += 1
        return lastID
      }
      let kept = Set(ids)
      let removed = state.withLock { state -> [ScrapeTarget] in
        guard !state.isStopping else { return [] }
        let removed = state.jobs.filter { !kept.contains($0.key) }.flatMap { Array($0.value.targets.values) }
        for id in state.jobs.keys where !kept.contains(id) { state.jobs[id] = nil }
        state.order = ids
        state.ids = Dictionary(zip(jobs.map(\.name), ids)) { first, _ in first }
        for target in removed {
          state.targets[target.id] = nil
          state.schedule.remove(target.id)
        }
        return removed
      }
      // The markers of the old targets come before the samples of new ones, which may be the same series.
      end(removed)
      state.withLock { state in
        for (job, id) in zip(jobs, ids) where state.jobs[id] == nil {
          state.jobs[id] = JobState(job: job, found: job.discoveries.map { _ in DiscoveredTargets() })
        }
      }
      return ids
    }
  }

  // MARK: Targets

  /// Takes on what a discovery of a job has found.
  ///
  /// - Parameters:
  ///   - job: its id.
  ///   - discovery: which of the job's.
  /// - Returns: problems that are new: of the discovery and of the job.
  func update(job: Int, discovery: Int, _ found: DiscoveredTargets) -> [String] {
    changes.withLock { lastID in
      let known = state.withLock { state -> (before: DiscoveredTargets, now: JobState)? in
        guard let before = state.jobs[job]?.found[discovery] else { return nil }
        state.jobs[job]?.found[discovery] = found
        return state.jobs[job].map { (before, $0) }
      }
      // The job may have gone while the discovery looked.
      guard let (before, now) = known else { return [] }
      let problems = found.problems.filter { !before.problems.contains($0) }
      // The first finding is taken on even where it is empty: nothing changes.
      guard found.groups != before.groups else { return problems }
      let set = TargetSet.make(now.found.flatMap(\.groups), of: now.job)
      change(job, now.job, to: set, &lastID)
      return problems + [set.error].compactMap { $0 != now.set.error ? $0 : nil }
    }
  }

  private func change(_ id: Int, _ job: ScrapeJob, to set: TargetSet, _ lastID: inout Int) {
    let wanted = Set(set.active.map(\.identity))
    let removed = state.withLock { state -> [ScrapeTarget] in
      guard !state.isStopping, let known = state.jobs[id]?.targets else { return [] }
      let removed = known.filter { !wanted.contains($0.key) }
      for (identity, target) in removed {
        state.jobs[id]?.targets[identity] = nil
        state.targets[target.id] = nil
        state.schedule.remove(target.id)
      }
      return Array(removed.values)
    }
    // The markers of the old targets come before the samples of new ones, which may be the same series.
    end(removed)
    let known = state.withLock { $0.jobs[id]?.targets ?? [:] }
    var added: [ScrapeTarget] = []
    for definition in set.active {
      if let target = known[definition.identity] {
        target.discovered(definition.discoveredLabels)
        continue
      }
      lastID += 1
      added.append(
        ScrapeTarget(id: lastID, definition, of: job, series: make(definition.labels, job)))
    }
    let (wall, time) = (now(), Instant.now)
    let times = added.map { time + ScrapeOffset.delay(of: $0.definition, now: wall) }
    let new = added
    state.withLock { state in
      guard !state.isStopping else { return }
      state.jobs[id]?.set = set
      for (target, time) in zip(new, times) {
        state.jobs[id]?.targets[target.definition.identity] = target
        state.targets[target.id] = target
        state.schedule.add(target.id, interval: target.definition.interval, first: time)
      }
    }
    state.notifyAll()
  }

  /// Ends targets: their series are marked stale, many in one call of the sink.
  private func end(_ targets: [ScrapeTarget]) {
    var samples = ScrapedSamples()
    for target in targets {
      let markers = target.end(now: now())
      samples.append(markers)
      guard samples.count >= Self.endedSampleCountMax else { continue }
      ended(samples.count, sink.store(samples))
      samples = ScrapedSamples()
    }
    if samples.count > 0 { ended(samples.count, sink.store(samples)) }
  }

  // MARK: Scrapes

  /// Waits for targets that are due; nil at the end.
  func next() -> [Begun]? {
    state.wait { state, now, wakeAt -> [Begun]?? in
      if state.isStopping { return .some(nil) }
      let begun = state.schedule.begin(now).compactMap { due in
        state.targets[due.id].map { Begun(target: $0, error: self.error(of: $0, state)) }
      }
      if !begun.isEmpty { return begun }
      wakeAt = state.schedule.nextTime ?? .distantFuture
      return nil
    }
  }

  private func error(of target: ScrapeTarget, _ state: State) -> String? {
    state.ids[target.job.name].flatMap { state.jobs[$0]?.set.error }
  }

  /// A scrape has ended.
  func finished(_ target: ScrapeTarget) {
    let isAwaited = state.withLock { state in
      state.schedule.finished(target.id)
      return state.isStopping || state.schedule.hasTurn
    }
    if isAwaited { state.notifyAll() }
  }

  /// Ends every target, and waits for the scrapes that run, which are given up.
  func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
    // A change that has begun is whole then.
    changes.withLock { _ in }
    end(state.withLock { state in Array(state.targets.values) })
    state.wait { state, _, _ in state.schedule.runningCount == 0 ? () : nil }
  }

  // MARK: What is known

  var view: ScrapeTargetsView {
    let jobs = state.withLock { state in state.order.compactMap { state.jobs[$0] } }
    var view = ScrapeTargetsView()
    for job in jobs {
      view.active += job.targets.values.sorted { $0.id < $1.id }.map(\.view)
      view.dropped += job.set.dropped
      view.droppedCounts[job.job.name] = job.set.droppedCount
    }
    return view
  }

  /// Targets, scrapes that run, and ticks that were left out.
  var counts: (targets: Int, running: Int, skipped: Int) {
    state.withLock { ($0.schedule.count, $0.schedule.runningCount, $0.schedule.skippedCount) }
  }
}

extension ScrapedSamples {
  mutating func append(_ other: ScrapedSamples) {
    labels += other.labels
    times += other.times
    values += other.values
    metadata += other.metadata
    exemplars += other.exemplars
  }
}
