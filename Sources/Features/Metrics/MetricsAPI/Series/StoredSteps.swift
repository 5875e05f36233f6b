import API
package import Base
package import Engine
package import Feature
import MetricsIndex
package import MetricsQueries
package import Series

/// The steps of ``/metrics/history`` for other slices.
package struct StoredSteps: SeriesStepReading {
  private let reader: SeriesReader

  package init(reader: SeriesReader) { self.reader = reader }

  package func steps(
    _ question: SeriesStepQuestion, of tenant: TenantID, during activity: QueryActivity
  ) throws(SeriesError) -> [SteppedSeries] {
    let source = reader.series(of: tenant, during: activity)
    let range = MillisecondRange(question.range)
    let history: HistoryReader
    do throws(Problem) {
      history = HistoryReader(
        grid: try AlignedSteps(
          range, stepNanoseconds: question.step, countMax: SeriesParameters.stepCountMax),
        aggregations: SeriesAggregation.allCases)
    } catch {
      throw .limitExceeded(
        "the range has more than \(SeriesParameters.stepCountMax) steps; take a longer step or a shorter range")
    }
    let found = try source.find(question.matchers, after: range.after, through: range.through)
      .map { ($0.labels.metricName, $0) }
      .sorted { left, right in
        left.0.hasSameBytes(as: right.0) ? left.1.id < right.1.id : left.0.precedes(right.0)
      }
      .map(\.1)
    let points = try history.points(of: found, from: source) { activity.isCancelled }
    return found.compactMap { series in
      points[series.labels].map { SteppedSeries(labels: series.labels, steps: $0.map(Self.step)) }
    }
  }

  private static func step(_ point: SeriesHistory.Point) -> SeriesStep {
    let statistics = point.statistics.statistics
    var step = SeriesStep(time: point.time, count: statistics.count)
    step.isOfRollUps = statistics.isOfRollUps
    step.mean = statistics[.mean]
    step.min = statistics[.min]
    step.max = statistics[.max]
    step.p50 = statistics[.p50]
    step.p95 = statistics[.p95]
    step.p99 = statistics[.p99]
    return step
  }
}
