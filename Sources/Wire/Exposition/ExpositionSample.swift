package import SeriesBytes

/// A sample of an exposition.
package struct ExpositionSample: Sendable {
  /// The texts of the labels, escapes resolved.
  package internal(set) var bytes: [UInt8] = []
  /// The metric's name in ``bytes``.
  package internal(set) var name: Range<Int> = 0..<0
  /// Sorted by name, `__name__` among them; labels with an empty value are left out, as a label that is not there has
  /// it.
  package internal(set) var labels: [LabelRange] = []
  package internal(set) var value = 0.0
  /// In milliseconds since 1970; nil where the scrape's time counts.
  package internal(set) var time: Int64?
  /// Its labels may have more characters than OpenMetrics allows, unless the parser is strict.
  package internal(set) var exemplar: ExpositionExemplar?
  /// Sorted by name.
  package internal(set) var exemplarLabels: [LabelRange] = []

  init() {}
}

/// The value and time of a sample's exemplar.
package struct ExpositionExemplar: Sendable, Hashable {
  package var value: Double
  /// In milliseconds since 1970.
  package var time: Int64?
}

/// What an exposition says of a metric family.
package struct ExpositionFamily: Sendable, Hashable {
  package var name: String
  package var type: FamilyType
  /// Empty for none.
  package var unit: String
  /// Empty for none.
  package var help: String
}

/// Takes what an exposition holds, in the order in which it stands.
package protocol ExpositionVisitor {
  /// Takes what is said of a family, before its first sample.
  mutating func visit(_ family: ExpositionFamily)

  /// Takes a sample; it is valid until the call returns.
  mutating func visit(_ sample: borrowing ExpositionSample)
}
