package import API
import Base
package import Commands
package import Feature
package import Metrics
package import Schema
import ScoreKeeping
import ScoresAPI
import ScoresCommands
import ScoresTables

/// Scores: what people and programs say of spans, traces and sessions.
package struct ScoresFeature: Feature {
  package static let name = "scores"
  package static let commands = ScoreCommands.all
  package static let tables = ScoresTables.all
  package static let schemaSteps = ScoresTables.steps

  private let log: ScoreLog
  package let endpoints: [Endpoint<Void>]

  package init(_ context: FeatureContext) throws {
    log = try ScoreLog(
      context.pipeline, engine: context.engine, context.configuration, queryLimits: context.queryLimits,
      logger: context.logger.component("scores"))
    context.scores.offer(log)
    endpoints = ScoreEndpoints(log: log).endpoints
  }

  package var services: [any Service] { [log] }

  package var healthChecks: [HealthCheck] {
    [
      HealthCheck("scores") { [log] in
        log.problem.map { HealthCheck.Problem(summary: "scores are not stored at present", details: $0, isReady: true) }
      }
    ]
  }

  package func register(in metrics: MetricRegistry) { log.register(in: metrics) }
}
