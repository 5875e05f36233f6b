/// What a decoder made of a request: spans, data points or log records.
package struct DecodedRows: Sendable, Equatable {
  package var accepted: Int
  package var rejected: Int
  /// Rows of other tables that came with the request beside what its own rows point to, such as exemplars.
  ///
  /// A request that has nothing but these is kept too.
  package var attached = 0
  /// Such rows that were refused, of which the client is not told as an error.
  package var attachedRefused = 0
  /// Why the first rejected row was refused, in a sentence for the client; nil when none was.
  package var firstReason: String?
  /// Texts of accepted rows that were cut to `TextLimits`.
  package var cutTexts = 0
  /// Whether a request of the same bytes is taken for a repeat of this one.
  ///
  /// Two equal requests with a log record that has no time can both be meant.
  package var isRecognisable: Bool
  /// What the rows carry, where it is not the request's own batch id.
  package var rowsBatchID: UInt64?

  package init(
    accepted: Int = 0, rejected: Int = 0, firstReason: String? = nil, isRecognisable: Bool = true,
    rowsBatchID: UInt64? = nil
  ) {
    self.accepted = accepted
    self.rejected = rejected
    self.firstReason = firstReason
    self.isRecognisable = isRecognisable
    self.rowsBatchID = rowsBatchID
  }

  /// Whether there is nothing to store.
  package var isEmpty: Bool { accepted == 0 && attached == 0 }
}
