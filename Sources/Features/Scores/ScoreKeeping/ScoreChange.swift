import API
import Base
import JSON
import Scores

/// A score that was set or deleted, as the journal keeps it.
struct ScoreChange: Sendable {
  var id = ""
  /// When the server took it; of changes of one id the latest counts.
  var version = UnixNanoseconds(0)
  /// Nil where the score was deleted.
  var draft: ScoreDraft?

  static let form = JSONForm<ScoreChange>.object(ScoreChange()) { change in
    change.member("id", \.id, .line(length: 1...ScoreLimits.idLengthMax))
    change.member("version", \.version, .time)
    change.optional("score", \.draft, ScoreDraft.form)
  }

  /// Nil where it was deleted.
  func score() throws(InputMistake) -> Score? {
    // What it lacks it took from the request when it came, so it has everything.
    try draft?.score(makeID: { id }, now: version)
  }
}
