package import Base
import Columns
import Commit
package import Engine
import Feature
package import Ingest
import Journal
import Synchronization
import System

/// Moves the metric points that earlier versions stored into series, day by day, while the server runs.
///
/// A day leaves the table when its samples are stored. Requests are made of the points in the same way each time, so that
/// a move that was interrupted goes on without the requests that are stored already. Running sums of deltas begin anew
/// with each day. Days before `metrics.retention` stay in the table, which removes them when their time is over.
package final class StoredPointMove: Service {
  /// Points of a request.
  ///
  /// Some 500 KB: the journal, the commit and other clients go on beside it.
  static let requestPointCount = 5_000
  /// How long before its point an exemplar may have been measured: SDKs hold those of one interval of theirs.
  private static let exemplarMilliseconds: Int64 = 3_600_000
  /// After a failure.
  private static let retryDelay = Duration.seconds(30)
  /// How long stored samples are waited for at a time.
  private static let settleTime = Duration.seconds(5)

  private let ingest: MetricsIngest
  private let table: StoredPointTable
  private let journaled: JournaledPoints
  private let retention: Duration
  private let logger: Logger
  private let now: @Sendable () -> UnixNanoseconds
  private let isStopping = Monitor(false)
  private let thread = Mutex<Thread?>(nil)

  /// - Parameters:
  ///   - pipeline: gives up the requests with metric points that its journal has.
  ///   - retention: how long samples are kept.
  package init(
    ingest: MetricsIngest, engine: any AnalyticsEngine, pipeline: IngestPipeline, retention: Duration, logger: Logger,
    now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.ingest = ingest
    table = StoredPointTable(engine: engine)
    journaled = JournaledPoints(pipeline)
    self.retention = retention
    self.logger = logger
    self.now = now
  }

  package func start() throws {
    try thread.withLock { thread throws(SystemError) in
      thread = try Thread(name: "points") { [self] in run() }
    }
  }

  package func stop() {
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  private func run() {
    while true {
      do throws(MoveFailure) {
        return try move()
      } catch {
        switch error {
        case .stopped: return
        case .engine(let error):
          logger.warning(
            "metric points of an earlier version cannot be moved into series at present; it is tried again",
            .init("error", error))
        case .system(let error):
          logger.warning(
            "metric points in the journal cannot be read at present; it is tried again", .init("error", error))
        }
      }
      guard wait(Self.retryDelay) else { return }
    }
  }

  /// Moves everything that there is.
  func move() throws(MoveFailure) {
    guard try engine({ () throws(EngineError) in try table.exists }) else { return try moveJournal(stored: []) }
    try moveJournal(
      stored: engine { () throws(EngineError) in
        if let time = journaled.storedAfter { try table.storedRequests(after: time) } else { [] }
      })
    let days = try engine { () throws(EngineError) in try table.days() }
    let earliest = now().rawValue / 1_000_000 - retention.components.seconds * 1_000
    let kept = days.filter { $0.times.upperBound < earliest }
    if !kept.isEmpty {
      logger.warning(
        """
        metric points of an earlier version are older than metrics.retention; they stay in the table metric_points until \
        its own retention removes them. To move them too, raise metrics.retention and start again
        """, .init("points", kept.reduce(0) { $0 + $1.rowCount }), .init("days", kept.count),
        .init("until", kept.last?.name ?? ""))
    }
    for day in days where day.times.upperBound >= earliest { try move(day) }
    if kept.isEmpty { try engine { () throws(EngineError) in try table.drop() } }
  }

  private func engine<Result>(_ body: () throws(EngineError) -> Result) throws(MoveFailure) -> Result {
    do throws(EngineError) { return try body() } catch { throw .engine(error) }
  }

  /// What of a day was moved.
  private struct Progress {
    let day: StoredPointTable.Day
    var tenant: TenantID?
    /// The requests of the tenant that are stored.
    var stored: Set<UInt64> = []
    var pointCount = 0
    var refusedCount = 0
    var refusal: String?
    /// Points whose exemplars could not be read.
    var exemplarlessCount = 0
  }

  private func move(_ day: StoredPointTable.Day) throws(MoveFailure) {
    let begin = Instant.now
    var progress = Progress(day: day)
    var last: StoredPointTable.Metric?
    repeat {
      let metrics = try engine { () throws(EngineError) in try table.metrics(of: day, after: last) }
      for metric in metrics { try move(metric, &progress) }
      last = metrics.last
    } while last != nil
    while !ingest.settle(by: .now + Self.settleTime) {
      guard !isStopping.withLock({ $0 }) else { throw .stopped }
    }
    try engine { () throws(EngineError) in try table.remove(day) }
    logger.info(
      "a day of metric points of an earlier version is moved into series", .init("day", day.name),
      .init("points", progress.pointCount), .init("duration", Instant.now - begin))
    if progress.refusedCount > 0 {
      logger.warning(
        "metric points of an earlier version cannot become samples", .init("day", day.name),
        .init("points", progress.refusedCount), .init("reason", progress.refusal ?? ""))
    }
    if progress.exemplarlessCount > 0 {
      logger.warning(
        "exemplars of metric points of an earlier version cannot be read; the points are moved without them",
        .init("day", day.name), .init("points", progress.exemplarlessCount))
    }
  }

  private func move(_ metric: StoredPointTable.Metric, _ progress: inout Progress) throws(MoveFailure) {
    let day = progress.day
    if progress.tenant != metric.tenant {
      progress.tenant = metric.tenant
      progress.stored = try engine { () throws(EngineError) in try table.storedBatches(of: metric.tenant, on: day) }
    }
    let portionCount = table.portionCount(of: metric)
    for portion in 0..<portionCount {
      var sums = PointSums()
      let points = try engine { () throws(EngineError) in
        try table.points(of: metric, on: day, portion: portion, of: portionCount)
      }.map { sums.add($0) }
      let resources = try engine { () throws(EngineError) in
        try table.resources(Set(points.map(\.resourceID)), of: metric.tenant)
      }
      progress.exemplarlessCount += points.count { $0.exemplars == nil }
      var rest = points[...]
      while !rest.isEmpty {
        let count = Self.requestCount(of: rest)
        try move(rest.prefix(count), metric, resources, &progress)
        rest = rest.dropFirst(count)
      }
    }
  }

  /// How many of the points make the next request: no more than have the exemplars that a request may have.
  private static func requestCount(of points: ArraySlice<StoredPoint>) -> Int {
    var exemplarCount = 0
    let fitting = points.prefix(requestPointCount).prefix { point in
      exemplarCount += point.exemplars?.count ?? 0
      return exemplarCount <= SampleAppender.exemplarsMax
    }
    return max(1, fitting.count)
  }

  private func move(
    _ points: ArraySlice<StoredPoint>, _ metric: StoredPointTable.Metric,
    _ resources: [UInt64: [StoredAttributeText]], _ progress: inout Progress
  ) throws(MoveFailure) {
    let body = StoredPointRequest.body(points, of: metric.name, resources: resources)
    let times = progress.day.times
    let request = KeptSampleRequest(
      body: body, encoding: .otlpProtobuf, tenant: metric.tenant,
      times: times.lowerBound - Self.exemplarMilliseconds...times.upperBound)
    if progress.stored.contains(ingest.batchID(of: request)) {
      progress.pointCount += points.count
      return
    }
    switch try store(request) {
    case .accepted, .retry: progress.pointCount += points.count
    case .partial(let rejected, let reason):
      progress.pointCount += points.count - rejected
      progress.refusedCount += rejected
      progress.refusal = progress.refusal ?? reason
    case .refused(.tooLarge, _) where points.count > 1:
      let half = points.count / 2
      try move(points.prefix(half), metric, resources, &progress)
      try move(points.dropFirst(half), metric, resources, &progress)
    case .refused(_, let message):
      progress.refusedCount += points.count
      progress.refusal = progress.refusal ?? message
    }
  }

  /// Stores a request, however long the store and the journal are full.
  private func store(_ request: KeptSampleRequest) throws(MoveFailure) -> RequestOutcome {
    while true {
      guard !isStopping.withLock({ $0 }) else { throw .stopped }
      let outcome = ingest.store(request)
      guard case .retry(_, _, let delay) = outcome else { return outcome }
      guard wait(max(delay, .seconds(1))) else { throw .stopped }
    }
  }

  /// Stores what the journal has of an earlier version.
  private func moveJournal(stored: Set<StoredBatch>) throws(MoveFailure) {
    var count = 0
    while true {
      let reading: JournalSpool.Reading?
      do throws(SystemError) { reading = try journaled.next() } catch { throw .system(error) }
      guard let reading else { break }
      guard case .request(let spooled) = reading else { continue }
      let request = journaled.request(spooled)
      if !stored.contains(StoredBatch(tenant: spooled.record.tenant, batchID: spooled.record.batchID)) {
        switch try store(request) {
        case .accepted, .retry: count += 1
        case .partial(let rejected, let reason):
          count += 1
          logger.warning(
            "metric points that an earlier version acknowledged cannot become samples", .init("points", rejected),
            .init("reason", reason))
        case .refused(_, let message):
          spooled.kept.setAside(reason: message)
          continue
        }
      }
      spooled.kept.release()
    }
    if count > 0 {
      logger.info("requests of an earlier version in the journal are moved into series", .init("requests", count))
    }
  }

  /// False at the end of the server.
  private func wait(_ duration: Duration) -> Bool {
    let due = Instant.now + duration
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      wakeAt = due
      return now >= due ? true : nil
    }
  }
}

/// Why the move does not go on.
enum MoveFailure: Error {
  case stopped
  case engine(EngineError)
  case system(SystemError)
}
