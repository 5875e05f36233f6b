package import SeriesBytes

/// A fact that a collector knows of, as it is declared once: the name of the metric, what it means, its labels.
///
/// Two declarations are two families even where they are alike, so make each once and keep it.
package final class CollectedFamily: Sendable {
  package let name: String
  package let type: FamilyType
  package let help: String
  /// In the words of OpenMetrics, such as `seconds`; empty where it has none.
  package let unit: String
  package let labelNames: [String]

  package init(
    _ name: String, _ type: FamilyType, _ help: String, unit: String = "", labelNames: [String] = []
  ) {
    self.name = name
    self.type = type
    self.help = help
    self.unit = unit
    self.labelNames = labelNames
  }
}
