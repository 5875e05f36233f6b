import Base
import Series
import Synchronization
import System

/// The targets of all jobs, and the schedule of their scrapes.
final class ScrapeJobs: Sendable {
  private struct JobState {
    /// Of each discovery.
    var found: [DiscoveredTargets]
    var set = TargetSet()
    var targets: [TargetDefinition.Identity: ScrapeTarget] = [:]
  }

  private struct State {
    var schedule: ScrapeSchedule
    var jobs: [JobState]
    var targets: [Int: ScrapeTarget] = [:]
    var isStopping = false
  }

  /// A scrape that begins now.
  struct Begun: Sendable {
    let target: ScrapeTarget
    /// Why it fails without being tried; nil for no reason.
    let error: String?
  }

  private let jobs: [ScrapeJob]
  /// Of each job by name.
  private let places: [String: Int]
  private let make: @Sendable (LabelSet, ScrapeJob) -> TargetSeries
  private let sink: any ScrapedSampleSink
  private let ended: @Sendable (Int, ScrapedSampleOutcome) -> Void
  private let now: @Sendable () -> UnixNanoseconds
  private let state: Monitor<State>
  /// One change of targets after the other; the last id that a target got.
  private let changes = Mutex(0)

  /// Samples of one call of the sink when many targets end.
  private static let endedSampleCountMax = 100_000

  /// - Parameters:
  ///   - ended: called when targets have ended, with the number of their stale markers and what became of those.
  ///   - make: the series of a target with these labels.
  init(
    _ jobs: [ScrapeJob], runningCountMax: Int, sink: any ScrapedSampleSink,
    now: @escaping @Sendable () -> UnixNanoseconds,
    ended: @escaping @Sendable (Int, ScrapedSampleOutcome) -> Void,
    make: @escaping @Sendable (LabelSet, ScrapeJob) -> TargetSeries
  ) {
    self.jobs = jobs
    places = Dictionary(uniqueKeysWithValues: jobs.enumerated().map { ($0.element.name, $0.offset) })
    self.ended = ended
    self.make = make
    self.sink = sink
    self.now = now
    let states = jobs.map { JobState(found: $0.discoveries.map { _ in DiscoveredTargets() }) }
    state = Monitor(State(schedule: ScrapeSchedule(runningCountMax: runningCountMax), jobs: states))
  }

  // MARK: Targets

  /// Takes on what a discovery of a job has found.
  ///
  /// - Returns: problems that are new: of the discovery and of the job.
  func update(job: Int, discovery: Int, _ found: DiscoveredTargets) -> [String] {
    changes.withLock { lastID in
      let (before, all, oldError) = state.withLock { state in
        let before = state.jobs[job].found[discovery]
        state.jobs[job].found[discovery] = found
        return (before, state.jobs[job].found.flatMap(\.groups), state.jobs[job].set.error)
      }
      let problems = found.problems.filter { !before.problems.contains($0) }
      // The first finding is taken on even where it is empty: nothing changes.
      guard found.groups != before.groups else { return problems }
      let set = TargetSet.make(all, of: jobs[job])
      change(job, to: set, &lastID)
      return problems + [set.error].compactMap { $0 != oldError ? $0 : nil }
    }
  }

  private func change(_ job: Int, to set: TargetSet, _ lastID: inout Int) {
    let wanted = Set(set.active.map(\.identity))
    let removed = state.withLock { state -> [ScrapeTarget] in
      guard !state.isStopping else { return [] }
      let removed = state.jobs[job].targets.filter { !wanted.contains($0.key) }
      for (identity, target) in removed {
        state.jobs[job].targets[identity] = nil
        state.targets[target.id] = nil
        state.schedule.remove(target.id)
      }
      return Array(removed.values)
    }
    // The markers of the old targets come before the samples of new ones, which may be the same series.
    end(removed)
    let known = state.withLock { $0.jobs[job].targets }
    var added: [ScrapeTarget] = []
    for definition in set.active {
      if let target = known[definition.identity] {
        target.discovered(definition.discoveredLabels)
        continue
      }
      lastID += 1
      added.append(
        ScrapeTarget(id: lastID, definition, of: jobs[job], series: make(definition.labels, jobs[job])))
    }
    let (wall, time) = (now(), Instant.now)
    let times = added.map { time + ScrapeOffset.delay(of: $0.definition, now: wall) }
    let new = added
    state.withLock { state in
      guard !state.isStopping else { return }
      state.jobs[job].set = set
      for (target, time) in zip(new, times) {
        state.jobs[job].targets[target.definition.identity] = target
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
    places[target.job.name].flatMap { state.jobs[$0].set.error }
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
    let (targets, sets) = state.withLock { state in
      (state.jobs.map { Array($0.targets.values) }, state.jobs.map(\.set))
    }
    var view = ScrapeTargetsView()
    for (job, (targets, set)) in zip(jobs, zip(targets, sets)) {
      view.active += targets.sorted { $0.id < $1.id }.map(\.view)
      view.dropped += set.dropped
      view.droppedCounts[job.name] = set.droppedCount
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
  }
}
