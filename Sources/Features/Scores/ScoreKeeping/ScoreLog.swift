import API
package import Base
import Columns
import Commit
package import Configuration
package import Engine
import Feature
package import Ingest
package import Metrics
package import Scores
import ScoresTables
import Synchronization
import System
import Telemetry

/// Keeps scores in the engine, on the way of all rows.
package final class ScoreLog: Service {
  /// How long scores may take until they are kept; the journal takes milliseconds.
  private static let waitMax = Duration.seconds(10)

  private let stream: ScoreStream
  private let pipeline: IngestPipeline
  let engine: any AnalyticsEngine
  private let hasScores: Atomic<Bool>
  let limits: QueryLimits

  package convenience init(
    _ pipeline: IngestPipeline, engine: any AnalyticsEngine, _ configuration: Configuration, queryLimits: QueryLimits,
    logger: Logger
  ) throws {
    try self.init(pipeline, engine: engine, CommitLimits(configuration), queryLimits: queryLimits, logger: logger)
  }

  init(
    _ pipeline: IngestPipeline, engine: any AnalyticsEngine, _ limits: CommitLimits, queryLimits: QueryLimits,
    logger: Logger
  ) throws {
    self.pipeline = pipeline
    self.engine = engine
    self.limits = queryLimits
    let commit = try pipeline.commit(ScoreBlock.self, name: "scores", limits: limits, logger: logger)
    let found = try engine.query(
      SQLStatement("SELECT count() AS row_count FROM (SELECT 1 FROM scores LIMIT 1)"), during: .background)
    hasScores = Atomic(found["row_count"].unsigned(0) != 0)
    stream = ScoreStream(commit, journal: pipeline.journal, latestCommit: { pipeline.latestCommit })
  }

  /// Takes part in the pipeline; call it before the journal is replayed.
  package func start() { pipeline.add(stream) }

  /// Commits what waits.
  package func stop() { stream.commit.stop() }

  /// Why scores are not stored at present; nil when nothing is known to be wrong.
  package var problem: String? { stream.problem.map { "scores: \($0)" } }

  package func register(in metrics: MetricRegistry) { stream.commit.register(in: metrics, signal: "scores") }

  /// Keeps scores; each takes the place of an earlier one with its id.
  ///
  /// Blocks until they are kept; throws where that is not possible now.
  package func set(_ scores: [Score], of tenant: TenantID) throws {
    try keep(scores.map { ScoreChange(id: $0.id, draft: ScoreDraft($0)) }, of: tenant)
  }

  /// Deletes a score, whether there is one or not.
  package func delete(_ id: String, of tenant: TenantID) throws {
    try keep([ScoreChange(id: id)], of: tenant)
  }

  private func keep(_ changes: [ScoreChange], of tenant: TenantID) throws {
    if changes.isEmpty { return }
    hasScores.store(true, ordering: .relaxed)
    let result = Monitor<RequestOutcome?>(nil)
    try stream.submit(changes, of: tenant) { outcome in
      result.withLock { $0 = outcome }
      result.notifyAll()
    }
    let deadline = Instant.now + Self.waitMax
    let outcome = result.wait { result, now, wakeAt -> RequestOutcome? in
      if let result { return result }
      wakeAt = deadline
      return now >= deadline
        ? .retry(.unavailable, "they were not kept within \(Self.waitMax)", after: .seconds(1)) : nil
    }
    switch outcome {
    case .accepted, .partial: return
    case .refused(_, let reason), .retry(_, let reason, _):
      throw Problem(
        .storeUnavailable, "The scores cannot be kept at present: \(reason). Send them again soon.",
        fields: [("retry-after", "1")])
    }
  }

  /// Whether there may be scores, of whatever tenant; lists of a server without any need not look.
  var mayHaveScores: Bool { hasScores.load(ordering: .relaxed) || stream.hadEarlierScores }

  /// Has what was acknowledged stored, or at least what the engine can take.
  func settle(_ tenant: TenantID, within duration: Duration) {
    _ = pipeline.settle(ScoreBlock.table.declaration.name, of: tenant, in: nil, within: duration)
  }
}
