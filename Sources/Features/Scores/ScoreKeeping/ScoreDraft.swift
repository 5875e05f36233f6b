package import API
package import Base
import Feature
import JSON
package import Scores

/// A score as it is sent and shown: what may be left out is nil.
package struct ScoreDraft: Sendable {
  package var id: String?
  package var name = ""
  package var value = ScoreValue.boolean(false)
  package var traceID: TraceID?
  package var spanID: SpanID?
  package var sessionID: String?
  package var source: ScoreSource?
  package var comment: String?
  package var author: String?
  package var time: UnixNanoseconds?

  package init() {}

  package init(_ score: Score) {
    id = score.id
    name = score.name
    value = score.value
    source = score.source
    comment = score.comment
    author = score.author
    time = score.time
    switch score.target {
    case .trace(let trace): traceID = trace
    case .span(let trace, let span): (traceID, spanID) = (trace, span)
    case .session(let session): sessionID = session
    }
  }

  package static let form = JSONForm<ScoreDraft>.object(ScoreDraft()) { score in
    score.optional("id", \.id, .line(length: 1...ScoreLimits.idLengthMax))
    score.member("name", \.name, .line(length: 1...ScoreLimits.nameLengthMax))
    score.member("value", \.value, .scoreValue)
    score.optional("trace_id", \.traceID, .traceID)
    score.optional("span_id", \.spanID, .spanID)
    score.optional("session_id", \.sessionID, .line(length: 1...ScoreLimits.sessionLengthMax))
    score.optional("source", \.source, .choice)
    score.optional("comment", \.comment, .lines(lengthMax: ScoreLimits.commentLengthMax))
    score.optional("author", \.author, .line(length: 1...ScoreLimits.authorLengthMax))
    score.optional("time", \.time, .time)
  }
}

extension ScoreDraft {
  /// The whole score, or what is wrong with how its members go together.
  ///
  /// - Parameters:
  ///   - makeID: an id for one that has none.
  ///   - now: when it came, its time where it has none.
  package func score(makeID: () -> String, now: UnixNanoseconds) throws(InputMistake) -> Score {
    let target: ScoreTarget
    switch (traceID, spanID, sessionID) {
    case (let trace?, nil, nil): target = .trace(trace)
    case (let trace?, let span?, nil): target = .span(trace, span)
    case (nil, nil, let session?): target = .session(session)
    case (nil, .some, nil): throw InputMistake("needs the `trace_id` of the span", at: "/span_id")
    case (nil, nil, nil): throw InputMistake("says not what it is about: needs `trace_id` or `session_id`", at: "")
    case (_, _, .some):
      throw InputMistake("excludes `trace_id` and `span_id`: a score is about one thing", at: "/session_id")
    }
    return Score(
      id: id ?? makeID(), name: name, value: value, target: target, source: source ?? .api,
      comment: comment.flatMap { $0.isEmpty ? nil : $0 }, author: author, time: time ?? now)
  }
}

extension ScoreDraft {
  /// Refuses a time that no clock of a judge can have: such a score would stay for long.
  package func checkTime(now: UnixNanoseconds) throws(InputMistake) {
    guard let time, time.rawValue > now.rawValue + ScoreLimits.aheadMax else { return }
    throw InputMistake("is more than a day ahead of the server's clock", at: "/time")
  }
}

/// A text of so many hexadecimal digits that are not all zero.
private func hexadecimal(_ count: Int) -> JSONValue {
  Schema.json([("type", .string("string")), ("pattern", .string("^(?!0+$)[0-9a-fA-F]{\(count)}$"))])
}

extension JSONForm where Value == TraceID {
  static var traceID: JSONForm {
    JSONForm(JSONShape(hexadecimal(32)) { $1.string($0.description) }) { json throws(InputMistake) in
      guard let id = json.string.flatMap({ TraceID(hex: $0) }), id != TraceID(high: 0, low: 0) else {
        throw InputMistake("expected 32 hexadecimal digits, not all zero")
      }
      return id
    }
  }
}

extension JSONForm where Value == SpanID {
  static var spanID: JSONForm {
    JSONForm(JSONShape(hexadecimal(16)) { $1.hex($0.rawValue) }) { json throws(InputMistake) in
      guard let id = json.string.flatMap({ SpanID(hex: $0) }), id != SpanID(0) else {
        throw InputMistake("expected 16 hexadecimal digits, not all zero")
      }
      return id
    }
  }
}
