package import API
import Base
import Engine
import HTTPTypes
import Identity
import JSON
package import ScoreKeeping
import Scores

/// Scores of spans, traces and sessions below `/api/v1/scores`.
///
/// docs/api.md is their reference.
package struct ScoreEndpoints: Sendable {
  private let log: ScoreLog
  private let makeID: @Sendable () -> String

  /// - Parameter makeID: a random id by default, 32 hexadecimal digits.
  package init(
    log: ScoreLog,
    makeID: @escaping @Sendable () -> String = {
      TraceID(high: UInt64.random(in: 0 ... .max), low: UInt64.random(in: 0 ... .max)).description
    }
  ) {
    self.log = log
    self.makeID = makeID
  }

  private static let id = Parameter.text("id", "The score's id.").required()
  private static let limit = Parameter.limit(default: 50)
  private static let step = Parameter.duration(
    "step", "The width of a step, rounded up to whole minutes. Default: about a sixtieth of the range.")
  private static let groupBy = Parameter<ScoreGrouping?>.choice(
    "group_by", "What the scores are grouped by beside name and kind. Default: nothing.")

  private static let receipt = JSONResponse("ScoreReceipt", .data(ScoreReceipt.shape))
  private static let page = JSONResponse("ScoreList", .page(.score))
  private static let one = JSONResponse("ScoreAnswer", .data(.score))
  private static let namePage = JSONResponse("ScoreNameList", .page(.nameSummary))
  private static let timeline = JSONResponse("ScoreTimeline", .data(ScoreTimeline.shape))

  /// Rows of a timeline, of all its series together: some MB of JSON.
  private static let pointCountMax = 50_000
  /// Steps of a range.
  private static let stepCountMax: Int64 = 1_500

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    [
      Endpoint(
        EndpointDefinition(
          .post, "/api/v1/scores", name: "addScores",
          summary: "Takes feedback of people or programs on traces, spans and sessions. What was acknowledged is kept.",
          tag: "scores", permission: .ingest, body: ScoreBatch.definition, response: Self.receipt.definition), add),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/scores", name: "listScores", summary: "Scores, the newest first, in pages.", tag: "scores",
          parameters: ScoreParameters.all + [Self.limit.definition, Parameter.cursor.definition],
          response: Self.page.definition), list),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/scores/{id}", name: "getScore", summary: "A score.", tag: "scores",
          pathParameters: [Self.id.definition], response: Self.one.definition, problems: [.notFound]), get),
      Endpoint(
        EndpointDefinition(
          .delete, "/api/v1/scores/{id}", name: "deleteScore", summary: "Deletes a score.", tag: "scores",
          permission: .edit, pathParameters: [Self.id.definition], response: .empty(), problems: [.notFound]), delete),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/score-names", name: "listScoreNames",
          summary: "The names of scores with what their values come to, by name, in pages.", tag: "scores",
          parameters: ScoreParameters.all + [Self.limit.definition, Parameter.cursor.definition],
          response: Self.namePage.definition), names),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/analytics/scores", name: "getScoreTimeline",
          summary: "Count and mean of scores over time, by name and kind. Default: the last hour.", tag: "analytics",
          parameters: TimeRangeParameters.all + ScoreParameters.conditions
            + [Self.groupBy.definition, Self.step.definition],
          response: Self.timeline.definition, problems: [.limitReached]), overTime),
    ]
  }

  // MARK: - Work

  private func add(_ call: Call<Void>) throws -> HTTPResponse {
    guard let body = call.body else { preconditionFailure("the endpoint has a body") }
    var scores: [Score] = []
    var mistakes: [Problem.Mistake] = []
    for (place, draft) in body[ScoreBatch.scores].enumerated() {
      do throws(InputMistake) {
        try draft.checkTime(now: call.now)
        scores.append(try draft.score(makeID: makeID, now: call.now))
      } catch {
        mistakes.append(.init(.body("/scores/\(place)\(error.pointer)"), error.detail))
      }
    }
    guard mistakes.isEmpty else { throw Problem.invalid(mistakes, code: .invalidBody) }
    try log.set(scores, of: call.principal.tenant)
    return Self.receipt(ScoreReceipt(ids: scores.map(\.id)))
  }

  private func list(_ call: Call<Void>) throws -> HTTPResponse {
    var filter = ScoreParameters.filter(call)
    let limit = call[Self.limit]
    filter.behind = try call.cursor().map { .init(time: UnixNanoseconds($0.key), id: $0.name) }
    let found = try reader(call).newest(filter, limit: limit + 1)
    let page = Array(found.prefix(limit))
    let next = found.count > limit ? page.last.map { Cursor(name: $0.id, key: $0.time.rawValue) } : nil
    return Self.page(call.page(page, next: next))
  }

  private func get(_ call: Call<Void>) throws -> HTTPResponse { Self.one(try score(call)) }

  private func delete(_ call: Call<Void>) throws -> HTTPResponse {
    try log.delete(score(call).id, of: call.principal.tenant)
    return HTTPResponse(status: 204)
  }

  private func score(_ call: Call<Void>) throws -> Score {
    var filter = ScoreFilter()
    filter.id = call[Self.id]
    guard let score = try reader(call).newest(filter, limit: 1).first else {
      throw Problem(.notFound, "There is no score '\(call[Self.id])'. It may be deleted, or its retention has ended.")
    }
    return score
  }

  private func names(_ call: Call<Void>) throws -> HTTPResponse {
    let limit = call[Self.limit]
    let place = try call.cursor().map { cursor in
      (name: cursor.name, kind: ScoreKind.allCases[min(max(0, Int(cursor.key)), ScoreKind.allCases.count - 1)])
    }
    let found = try reader(call).names(ScoreParameters.filter(call), behind: place, limit: limit + 1)
    let page = Array(found.prefix(limit))
    var next: Cursor?
    if found.count > limit, let last = page.last {
      next = Cursor(name: last.name, key: Int64(ScoreKind.allCases.firstIndex(of: last.kind) ?? 0))
    }
    return Self.namePage(call.page(page, next: next))
  }

  private func overTime(_ call: Call<Void>) throws -> HTTPResponse {
    let range = try call.range()
    let minute: Int64 = 60_000_000_000
    let minutes = max(1, range.durationNanoseconds / minute)
    let step = call[Self.step].map { ($0 - 1) / minute + 1 } ?? max(1, minutes / 60)
    guard minutes / step <= Self.stepCountMax else {
      throw Problem.invalid(
        "step", "the range has more than \(Self.stepCountMax) steps; take at least \(minutes / Self.stepCountMax + 1)m")
    }
    var filter = ScoreParameters.conditions(call)
    filter.from = range.start
    filter.until = range.end
    // A step of centuries is one of the whole range.
    let seconds = min(step, minutes + 1) * 60
    let steps = try reader(call).steps(
      filter, stepSeconds: seconds, grouping: call[Self.groupBy], limit: Self.pointCountMax + 1)
    guard steps.count <= Self.pointCountMax else {
      throw Problem(
        .limitReached,
        "The series have more than \(Self.pointCountMax) points together. Take a longer step, a shorter range, no groups or "
          + "the scores of one name.")
    }
    return Self.timeline(ScoreTimeline(range: range, stepSeconds: seconds, series: ScoreSeries.all(steps)))
  }

  private func reader(_ call: Call<Void>) -> ScoreReader {
    log.reader(of: call.principal.tenant, during: call.activity)
  }
}

/// The filters that lists and summaries of scores share.
private enum ScoreParameters {
  static let name = Parameter.text("name", "What is judged, such as `helpfulness`.")
  static let kind = Parameter<ScoreKind?>.choice("kind", "The kind of value.")
  static let source = Parameter<ScoreSource?>.choice("source", "Who judges.")
  static let author = Parameter.text("author", "The author.")
  static let trace = Parameter.traceID("trace_id", "Only scores of this trace and of its spans.")
  static let span = Parameter.spanID("span_id", "Only scores of this span.")
  static let session = Parameter.text("session_id", "Only scores of this session itself.")
  static let category = Parameter.text("category", "Only scores with this category.")
  static let minimum = Parameter.number("min_value", "The least number; true is 1, false 0.")
  static let maximum = Parameter.number("max_value", "The greatest number; true is 1, false 0.")
  static let start = Parameter.time(
    "start", "Only scores from this time on: RFC 3339, or relative to now as `-15m`. Default: all that are kept.")
  static let end = Parameter.time("end", "Only scores before this time. Default: all that are kept.")

  static let conditions = [
    name.definition, kind.definition, source.definition, author.definition, trace.definition, span.definition,
    session.definition, category.definition, minimum.definition, maximum.definition,
  ]
  static let all = conditions + [start.definition, end.definition]

  static func conditions(_ call: Call<Void>) -> ScoreFilter {
    var filter = ScoreFilter()
    filter.name = call[name]
    filter.kind = call[kind]
    filter.source = call[source]
    filter.author = call[author]
    filter.traceID = call[trace]
    filter.spanID = call[span]
    filter.sessionID = call[session]
    filter.category = call[category]
    filter.minimum = call[minimum]
    filter.maximum = call[maximum]
    return filter
  }

  static func filter(_ call: Call<Void>) -> ScoreFilter {
    var filter = conditions(call)
    filter.from = call[start]
    filter.until = call[end]
    return filter
  }
}

extension Input where Source == ParameterSource, Value == Double? {
  /// A finite number.
  fileprivate static func number(_ name: String, _ description: String) -> Input {
    Input(
      name, description, schema: Schema.number,
      reading: { text, _ throws(InputMistake) in
        let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }
        guard isDecimal, let number = Double(text), number.isFinite else { throw InputMistake("expected a number") }
        return number
      })
  }
}
