/// What became of a request's rows.
package enum CommitOutcome: Sendable, Equatable {
  /// They are stored.
  case committed
  /// They are not stored, but may be if the request is sent again after the delay.
  case unavailable(String, retryAfter: Duration)
  /// They are not stored and will not be: the engine refuses these rows.
  case failed(String)
}

/// What a decoder made of a request.
package struct DecodedRows: Sendable, Equatable {
  package var accepted: Int
  package var rejected: Int
  /// Why the first rejected row was refused; nil when none was.
  package var firstReason: String?
  /// Whether a request of the same bytes is taken for a repeat of this one.
  package var isRecognisable: Bool
  /// What the rows carry, where it is not the request's own batch id.
  package var rowsBatchID: UInt64?

  package init(
    accepted: Int, rejected: Int = 0, firstReason: String? = nil, isRecognisable: Bool = true,
    rowsBatchID: UInt64? = nil
  ) {
    self.rowsBatchID = rowsBatchID
    self.accepted = accepted
    self.rejected = rejected
    self.firstReason = firstReason
    self.isRecognisable = isRecognisable
  }
}

/// What happened to a request as it arrived.
package enum Admission: Sendable, Equatable {
  /// Its rows were appended; the completion tells what becomes of them.
  case appended(accepted: Int, rejected: Int, firstReason: String?)
  /// The same request was seen before; the completion tells what became, or becomes, of it.
  case repeated(rejected: Int)
  /// Nothing was taken and the completion is never called; the request may be sent again after the delay.
  case refused(String, retryAfter: Duration)
}
