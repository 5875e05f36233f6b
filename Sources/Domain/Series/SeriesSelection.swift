/// Which samples of which series a reader wants.
package struct SeriesSelection: Sendable, Hashable {
  /// All of them hold for each series.
  package var matchers: [LabelMatcher]
  /// Samples after this time count, in milliseconds since 1970.
  package var after: Int64
  /// Samples up to and including this time count.
  package var through: Int64
  package var hints: Hints

  /// What becomes of the samples.
  ///
  /// A source MAY use it to read less; the result MUST stay the same.
  package struct Hints: Sendable, Hashable {
    /// The PromQL function over the samples, for example `rate`; empty for an instant selector.
    package var function = ""
    /// Milliseconds between two evaluations; 0 for a single one.
    package var step: Int64 = 0
    /// The window of each evaluation, in milliseconds: the range, or how far an instant selector looks back.
    package var window: Int64 = 0
    /// When the first evaluation is, offset and `@` applied.
    package var firstTime: Int64 = 0

    package init() {}
  }

  package init(matchers: [LabelMatcher], after: Int64, through: Int64, hints: Hints = Hints()) {
    self.matchers = matchers
    self.after = after
    self.through = through
    self.hints = hints
  }
}
