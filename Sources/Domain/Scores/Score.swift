package import Base

/// Feedback on a span, a trace or a session, of a person or a program.
package struct Score: Sendable, Hashable {
  /// Unique in the tenant; a later score with the id takes the place of the earlier one.
  package var id: String
  /// What is judged, such as `helpfulness`.
  package var name: String
  package var value: ScoreValue
  package var target: ScoreTarget
  package var source: ScoreSource
  package var comment: String?
  /// Who judged: a person, or a program and its version.
  package var author: String?
  /// When it was judged.
  package var time: UnixNanoseconds

  package init(
    id: String, name: String, value: ScoreValue, target: ScoreTarget, source: ScoreSource = .api,
    comment: String? = nil, author: String? = nil, time: UnixNanoseconds
  ) {
    self.id = id
    self.name = name
    self.value = value
    self.target = target
    self.source = source
    self.comment = comment
    self.author = author
    self.time = time
  }
}

/// What was judged.
package enum ScoreTarget: Sendable, Hashable {
  case trace(TraceID)
  case span(TraceID, SpanID)
  case session(String)
}

/// Who judges.
package enum ScoreSource: String, Sendable, CaseIterable {
  /// A person.
  case human
  /// A model that judges.
  case llm
  /// A program that computes.
  case code
  /// Whoever called the API and did not say more.
  case api
}

/// The kinds of values; those of one name may be of several.
package enum ScoreKind: String, Sendable, CaseIterable {
  case number, category, boolean
}

/// What a score says.
package enum ScoreValue: Sendable, Hashable {
  /// Finite.
  case number(Double)
  case category(String)
  case boolean(Bool)

  package var kind: ScoreKind {
    switch self {
    case .number: .number
    case .category: .category
    case .boolean: .boolean
    }
  }

  /// The value as a number: 1 for true, 0 for false; nil for a category.
  package var number: Double? {
    switch self {
    case .number(let number): number
    case .boolean(let flag): flag ? 1 : 0
    case .category: nil
    }
  }
}

/// Bounds of scores.
package enum ScoreLimits {
  /// The most characters of an id: those of a UUID with a name before it.
  package static let idLengthMax = 128
  package static let nameLengthMax = 128
  /// The most characters of a category, a label and not a text.
  package static let categoryLengthMax = 256
  /// The most characters of a comment: some pages.
  package static let commentLengthMax = 8_192
  package static let authorLengthMax = 256
  /// The most characters of a session's id, as of any text of a request.
  package static let sessionLengthMax = 4_096
  /// The most scores of one request.
  package static let batchCountMax = 1_000
  /// The most bytes of one request: a batch with comments of several lines.
  package static let bodyBytesMax = 4 << 20
  /// How far a score's time may be ahead of the server's clock, for clocks that differ.
  package static let aheadMax: Int64 = 86_400_000_000_000
  /// The most tallies of a span, trace or session in a list.
  package static let tallyCountMax = 20
}
