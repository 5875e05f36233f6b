import API
import Engine
import HTTPTypes
import JSON
import MetricsQueries
import PromQL
import Series

/// `query_exemplars`: the exemplars of the series that an expression selects.
enum PrometheusExemplars {
  /// - Throws: a problem where the query or the range cannot be read, or finds too much.
  static func query(_ call: PrometheusCall) throws -> HTTPResponse {
    let from = try call.fields.time("start") ?? 0
    let through = try call.fields.time("end") ?? .max
    guard from <= through else { throw Problem.badData("end timestamp must not be before start timestamp") }
    let expression: PromQLExpression
    do throws(PromQLError) {
      expression = try call.context.parser.parse(call.fields.text("query") ?? "")
    } catch {
      throw Problem.badData("\(error)")
    }
    var selectors: [[LabelMatcher]] = []
    collect(expression, into: &selectors)
    // As Prometheus does where nothing is selected.
    guard !selectors.isEmpty else { return HTTPResponse(status: 204, contentType: "application/json", body: []) }
    let activity = call.activity
    do throws(SeriesError) {
      let found = try call.series.exemplars(
        matching: selectors, from: from, through: through, isCancelled: { activity.isCancelled })
      return .prometheus { writer in
        writer.array { writer in for series in found { writer.exemplars(series) } }
      }
    } catch {
      throw Problem(error)
    }
  }

  /// Appends the matchers of each selector of an expression.
  private static func collect(_ expression: PromQLExpression, into selectors: inout [[LabelMatcher]]) {
    if case .vectorSelector(let selector) = expression { selectors.append(selector.matchers) }
    for child in expression.children { collect(child, into: &selectors) }
  }
}

extension JSONWriter {
  fileprivate mutating func exemplars(_ series: SeriesExemplars) {
    object { writer in
      writer.key("seriesLabels")
      writer.labels(series.series)
      writer.key("exemplars")
      writer.array { writer in
        for exemplar in series.exemplars {
          writer.object { writer in
            writer.key("labels")
            writer.labels(exemplar.labels)
            writer.member("value", NumberNotation.text(exemplar.value))
            writer.key("timestamp")
            writer.seconds(exemplar.time)
          }
        }
      }
    }
  }
}
