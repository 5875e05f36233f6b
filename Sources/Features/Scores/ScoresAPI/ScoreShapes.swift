import API
import Base
import Feature
import JSON
import ScoreKeeping
import Scores

/// The bodies of requests.
enum ScoreBatch {
  private static let form = JSONForm<[ScoreDraft]>.list(ScoreDraft.form, countMax: ScoreLimits.batchCountMax)

  static let scores = JSONMember<[ScoreDraft]?>(
    "scores",
    "Up to \(ScoreLimits.batchCountMax) scores, each of a trace (`trace_id`), a span (`trace_id` and `span_id`) or a session "
      + "(`session_id`). One with the `id` of an earlier score takes its place.",
    schema: form.shape.schema, read: form.read
  ).required()

  static let definition = BodyDefinition(
    "ScoreBatch", [scores.definition], bytesMax: ScoreLimits.bodyBytesMax)
}

/// What a request with scores is answered with.
struct ScoreReceipt: Sendable {
  let ids: [String]

  static let shape = JSONShape<ScoreReceipt>.object { receipt in
    receipt.member("ids", JSONShape<[String]>.list(.string).described("The scores' ids, in their order.")) { $0.ids }
  }
}

extension JSONShape where Value == Score {
  static var score: JSONShape {
    object { score in
      score.member("id", .string) { $0.id }
      score.member("name", .string) { $0.name }
      score.member("kind", .choice) { $0.value.kind }
      score.member("value", JSONForm.scoreValue.shape) { $0.value }
      score.member("trace_id", JSONShape<TraceID?>.orNull(.traceID)) { ScoreDraft($0).traceID }
      score.member("span_id", JSONShape<SpanID?>.orNull(.spanID)) { ScoreDraft($0).spanID }
      score.member("session_id", .orNull(.string)) { ScoreDraft($0).sessionID }
      score.member("source", .choice) { $0.source }
      score.member("comment", .orNull(.string)) { $0.comment }
      score.member("author", .orNull(.string)) { $0.author }
      score.member("time", .dateTime) { $0.time }
    }
    .named("Score")
  }
}

extension JSONShape where Value == ScoreNameSummary {
  static var nameSummary: JSONShape {
    object { summary in
      summary.member("name", .string) { $0.name }
      summary.member("kind", .choice) { $0.kind }
      summary.member("count", .exactInteger) { $0.count }
      summary.member("mean", .scoreMean) { $0.mean }
      summary.member("min", .orNull(.number)) { $0.minimum }
      summary.member("max", .orNull(.number)) { $0.maximum }
      summary.member("first_time", .dateTime) { $0.firstTime }
      summary.member("last_time", .dateTime) { $0.lastTime }
      summary.member(
        "categories",
        JSONShape<[(name: String, count: UInt64)]>.list(
          .object { category in
            category.member("name", .string) { $0.name }
            category.member("count", .exactInteger) { $0.count }
          }
        ).described("Of categories, the \(ScoreReader.categoryCountMax) most frequent.")
      ) { $0.categories }
    }
    .named("ScoreName")
  }
}

/// The scores of one name, kind and group over time.
struct ScoreSeries: Sendable {
  let name: String
  let kind: ScoreKind
  let group: String?
  let points: [ScoreStep]

  /// - Parameter steps: by name, kind and group, and then by time.
  static func all(_ steps: [ScoreStep]) -> [ScoreSeries] {
    var all: [ScoreSeries] = []
    var start = steps.startIndex
    while start < steps.endIndex {
      let first = steps[start]
      let end =
        steps[start...].firstIndex { ($0.name, $0.kind, $0.group) != (first.name, first.kind, first.group) }
        ?? steps.endIndex
      all.append(
        ScoreSeries(name: first.name, kind: first.kind, group: first.group, points: Array(steps[start..<end])))
      start = end
    }
    return all
  }

  static let shape = JSONShape<ScoreSeries>.object { series in
    series.member("name", .string) { $0.name }
    series.member("kind", .choice) { $0.kind }
    series.member("group", .orNull(.string)) { $0.group }
    series.member(
      "points",
      .list(
        .object { point in
          point.member("time_unix_nano", .nanoseconds) { $0.time }
          point.member("count", .exactInteger) { $0.count }
          point.member("mean", .scoreMean) { $0.mean }
        })
    ) { $0.points }
  }
}

/// Scores over time.
struct ScoreTimeline: Sendable {
  let range: TimeRange
  let stepSeconds: Int64
  let series: [ScoreSeries]

  static let shape = JSONShape<ScoreTimeline>.object { timeline in
    timeline.member("start_time_unix_nano", .nanoseconds) { $0.range.start }
    timeline.member("end_time_unix_nano", .nanoseconds) { $0.range.end }
    timeline.member("step_seconds", .integer) { $0.stepSeconds }
    timeline.member("series", .list(ScoreSeries.shape)) { $0.series }
  }
}
