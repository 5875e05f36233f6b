extension PromQLFunction {
  /// Whether Prometheus has no such function.
  package var isOwn: Bool { rawValue.hasPrefix("axonize_") }

  /// What a text among the arguments may be, the default first where there is one; nil where it may be anything.
  var words: [String]? {
    switch self {
    case .anomalyScore, .baseline: ["day", "week"]
    case .correlation: ["pearson", "spearman"]
    default: nil
    }
  }
}
