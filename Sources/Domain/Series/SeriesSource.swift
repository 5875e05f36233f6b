/// Where series are read: the port between PromQL, alert rules or a page and whatever keeps the samples of a tenant.
package protocol SeriesSource: Sendable {
  /// Passes on the samples of the selected series, each series whole, in one or more portions; series without a sample in
  /// the range are left out. The order of series is not defined.
  ///
  /// A source limits how many series and samples it passes on, with ``SeriesError/limitExceeded(_:)``.
  ///
  /// - Parameter isCancelled: asked now and then; once true, the call ends soon with ``SeriesError/cancelled``.
  func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError)

  /// The labels of the selected series, without reading samples. Series of a day count as present in all of it.
  func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet]
}

/// Why series cannot be read.
package enum SeriesError: Error, Sendable, Hashable {
  /// Whoever asked has gone.
  case cancelled
  /// The time for the question is over.
  case timeout
  /// A limit is exceeded: a sentence that names the limit, and what to do.
  case limitExceeded(String)
  /// The store cannot answer at present: a sentence.
  case unavailable(String)
}
