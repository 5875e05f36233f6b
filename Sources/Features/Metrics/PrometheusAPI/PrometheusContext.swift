import API
import Base
import HTTPTypes
import MetricsQueries
import PromQL
import Scraping
import Series

/// What an endpoint of Prometheus' API works with.
struct PrometheusContext: Sendable {
  let series: TenantSeriesSource
  let fields: PrometheusFields
  let patterns: any TextPatternCompiler
  let version: String
  /// Of all evaluations.
  let memory: EvaluationMemory
  /// What is scraped for the tenant.
  let targets: @Sendable () -> ScrapeTargetsView

  var parser: PromQLParser { PromQLParser(patterns: patterns) }
  var engine: PromQLEngine { PromQLEngine(compiler: patterns, memory: memory) }

  /// The engine with another look-back, in milliseconds.
  func engine(lookback: Int64) -> PromQLEngine {
    var settings = EvaluationSettings()
    settings.lookback = lookback
    return PromQLEngine(compiler: patterns, settings: settings, memory: memory)
  }
}

typealias PrometheusCall = Call<PrometheusContext>

extension Call<PrometheusContext> {
  var series: TenantSeriesSource { context.series }
  var fields: PrometheusFields { context.fields }

  /// The query of a parameter.
  func expression(_ name: String) throws(Problem) -> (text: String, expression: PromQLExpression) {
    let text = fields.text(name) ?? ""
    do throws(PromQLError) {
      return (text, try context.parser.parse(text))
    } catch {
      throw .badData("invalid parameter \"\(name)\": \(error)")
    }
  }

  /// The range of `start` and `end`: the last hour by default, up to now.
  func range() throws(Problem) -> (after: Int64, through: Int64) {
    let nowMilliseconds = now.rawValue / 1_000_000
    let through = try fields.time("end") ?? nowMilliseconds
    let after = try (fields.time("start") ?? through - 3_600_000) - 1
    guard after < through else {
      throw .badData("invalid parameter \"end\": end timestamp must not be before start time")
    }
    return (after, through)
  }

  /// The selectors of `match[]`, and the range of `start` and `end`.
  func selections() throws(Problem) -> (selections: [SeriesSelection], after: Int64, through: Int64) {
    let (after, through) = try range()
    var selections: [SeriesSelection] = []
    for text in fields.texts("match[]") {
      do throws(PromQLError) {
        selections.append(
          SeriesSelection(matchers: try context.parser.matchers(text), after: after, through: through))
      } catch {
        throw .badData("invalid parameter \"match[]\": \(error)")
      }
    }
    return (selections, after, through)
  }

  /// The most items of a list; `limit` of 0 and none are as many as there may be.
  func limit() throws(Problem) -> Int {
    guard let text = fields.text("limit") else { return .max }
    guard let limit = Int(text), limit >= 0 else {
      throw .badData("invalid parameter \"limit\": cannot parse \"\(text)\"")
    }
    return limit == 0 ? .max : limit
  }
}
