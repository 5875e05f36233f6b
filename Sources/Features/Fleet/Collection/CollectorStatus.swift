package import Base

/// How the newest run of a collector went.
package struct CollectorStatus: Sendable {
  /// Problems of one run that are kept; there may be one for each file.
  static let problemCountMax = 8

  package let name: String
  /// When it began; nil before the first.
  package internal(set) var ranAt: UnixNanoseconds?
  package internal(set) var seconds = 0.0
  /// Whether it came to its end.
  package internal(set) var isSuccessful = false
  /// What it could not read, the first ones.
  package internal(set) var problems: [CollectionProblem] = []
  /// How many series it gave, those about itself included.
  package internal(set) var seriesCount = 0
  /// Counts its runs.
  var run: UInt32 = 0
  /// The labels of the series about itself.
  let labels: [String]

  init(name: String) {
    self.name = name
    labels = [name]
  }
}
