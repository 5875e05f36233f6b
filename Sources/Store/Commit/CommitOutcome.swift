/// What became of a request's rows.
package enum CommitOutcome: Sendable, Equatable {
  /// They are stored.
  case committed
  /// They are not stored, but may be if the request is sent again after the delay.
  case unavailable(String, retryAfter: Duration)
  /// They are not stored and will not be: the engine refuses these rows.
  case failed(String)
}

/// What happened to a request as it arrived.
package enum Admission: Sendable, Equatable {
  /// Its rows were appended; the completion says what becomes of them.
  case appended(accepted: Int, rejected: Int, firstReason: String?)
  /// The same request was seen before; the completion says what became, or becomes, of it.
  case repeated(rejected: Int)
  /// Nothing was taken and the completion is never called; the request may be sent again after the delay.
  case refused(String, retryAfter: Duration)
}
