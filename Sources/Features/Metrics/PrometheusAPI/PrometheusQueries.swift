import API
import Base
import Engine
import HTTPTypes
import JSON
import PromQL
import Series

/// `query`, `query_range`, `format_query` and `parse_query`.
enum PrometheusQueries {
  static func query(_ call: PrometheusCall) throws -> HTTPResponse {
    let (text, expression) = try call.expression("query")
    let time = try call.fields.time("time") ?? call.now.rawValue / 1_000_000
    return try evaluate(call, text) { (engine, deadline, isCancelled) throws(EvaluationError) in
      try engine.instant(expression, at: time, over: call.series, deadline: deadline, isCancelled: isCancelled)
    }
  }

  static func range(_ call: PrometheusCall) throws -> HTTPResponse {
    let (text, expression) = try call.expression("query")
    let start = try required("start", try call.fields.time("start"))
    let end = try required("end", try call.fields.time("end"))
    let step = try required("step", try call.fields.duration("step"))
    guard end >= start else {
      throw Problem.badData("invalid parameter \"end\": end timestamp must not be before start time")
    }
    guard step > 0 else {
      throw Problem.badData(
        "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"
      )
    }
    guard (end - start) / step < Int64(call.context.engine.settings.stepCountMax) else {
      throw Problem.badData(
        "exceeded maximum resolution of \(call.context.engine.settings.stepCountMax) points per timeseries. Try decreasing "
          + "the query resolution (?step=XX)")
    }
    guard expression.type == .scalar || expression.type == .vector else {
      throw Problem.badData(
        "invalid parameter \"query\": invalid expression type \"\(expression.type)\" for range query, must be Scalar or "
          + "instant Vector")
    }
    return try evaluate(call, text) { (engine, deadline, isCancelled) throws(EvaluationError) in
      try engine.range(
        expression, from: start, through: end, step: step, over: call.series, deadline: deadline,
        isCancelled: isCancelled)
    }
  }

  /// The most samples of a response: 3 million, which are up to 120 MB of JSON and more than anyone looks at.
  private static let sampleCountMax = 3_000_000

  /// - Parameter isLate: whether the time for the query is over; asked before each series is written.
  static func response(
    _ result: PromQLResult, of query: String, isLate: () -> Bool
  ) throws(EvaluationError) -> HTTPResponse {
    if case .matrix(let samples) = result.value, samples.sampleCount > sampleCountMax {
      throw .limitExceeded(
        "the result has \(samples.sampleCount) samples, more than the \(sampleCountMax) that a response may have; ask for "
          + "fewer series, a shorter time or a longer step")
    }
    var isCut = false
    let response = HTTPResponse.prometheus(annotations: result.annotations, of: query) { writer in
      writer.queryResult(result.value) {
        isCut = isCut || isLate()
        return isCut
      }
    }
    if isCut { throw .timeout }
    return response
  }

  static func format(_ call: PrometheusCall) throws -> HTTPResponse {
    let (_, expression) = try call.expression("query")
    return .prometheus { $0.string(expression.formatted()) }
  }

  static func parse(_ call: PrometheusCall) throws -> HTTPResponse {
    let (_, expression) = try call.expression("query")
    return .prometheus { $0.tree(expression.tree) }
  }

  private static func required<Value>(_ name: String, _ value: Value?) throws(Problem) -> Value {
    guard let value else { throw .badData("invalid parameter \"\(name)\": cannot parse \"\" to a valid timestamp") }
    return value
  }

  private static func evaluate(
    _ call: PrometheusCall, _ query: String,
    _ body: (
      _ engine: PromQLEngine, _ deadline: ContinuousClock.Instant, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(EvaluationError) -> PromQLResult
  ) throws -> HTTPResponse {
    var left = try call.activity.timeLeft()
    // Prometheus lets a request ask for less time, not for more.
    if let wanted = try call.fields.duration("timeout") { left = min(left, .milliseconds(wanted)) }
    let deadline = ContinuousClock.now + left
    let activity = call.activity
    do throws(EvaluationError) {
      let result = try body(engine(of: call), deadline, { activity.isCancelled })
      return try response(result, of: query) { activity.isCancelled || .now >= deadline }
    } catch {
      throw Problem(error)
    }
  }

  /// The engine, with the request's own look-back where it has one.
  private static func engine(of call: PrometheusCall) throws(EvaluationError) -> PromQLEngine {
    do throws(Problem) {
      guard let lookback = try call.fields.duration("lookback_delta") else { return call.context.engine }
      return call.context.engine(lookback: lookback)
    } catch {
      throw .failed(error.detail)
    }
  }
}

extension JSONWriter {
  /// A node of a syntax tree.
  fileprivate mutating func tree(_ value: SyntaxTreeValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): int(value)
    case .number(let value): double(value)
    case .string(let text): string(text)
    case .array(let elements): array { writer in for element in elements { writer.tree(element) } }
    case .object(let members):
      object { writer in
        for member in members {
          writer.key(member.name)
          writer.tree(member.value)
        }
      }
    }
  }
}
