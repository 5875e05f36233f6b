import Series

/// Labels of the series of a target, from those of the page (`mutateSampleLabels` of Prometheus' `scrape/target.go`).
struct SampleLabels: Sendable {
  let target: LabelSet
  let honorsLabels: Bool
  let rules: [RelabelRule]
  let limits: ScrapeJobLimits

  enum Outcome: Sendable, Hashable {
    case kept(LabelSet)
    /// Relabelling dropped the sample.
    case dropped
    /// Relabelling removed every label, or the name.
    case nameless
  }

  /// - Throws: where a label exceeds a limit of the job.
  func apply(_ page: LabelSet) throws(PageFailure) -> Outcome {
    guard let labels = rules.apply(to: joined(page)) else { return .dropped }
    guard !labels.metricName.isEmpty else { return .nameless }
    try check(labels)
    return .kept(labels)
  }

  private func joined(_ page: LabelSet) -> LabelSet {
    guard !honorsLabels else {
      // A label that the page has wins.
      return LabelSet(target.labels + page.labels)
    }
    let conflicts = page.labels.filter { target.contains($0.name) }
    var labels = LabelSet(page.labels + target.labels)
    // Shorter names first, so that exported_x of the page makes way for what becomes of its x, not the other way round.
    for conflict in conflicts.sorted(by: { $0.name.utf8.count < $1.name.utf8.count }) {
      var name = TargetLabels.exportedPrefix + conflict.name
      while labels.contains(name) { name = TargetLabels.exportedPrefix + name }
      labels = labels.setting(name, to: conflict.value)
    }
    return labels
  }

  private func check(_ labels: LabelSet) throws(PageFailure) {
    let name = labels.metricName
    if limits.labelCountMax > 0, labels.count > limits.labelCountMax {
      throw PageFailure(
        "a series of '\(name)' has \(labels.count) labels, more than the label_limit of \(limits.labelCountMax)")
    }
    for label in labels.labels {
      if limits.labelNameBytesMax > 0, label.name.utf8.count > limits.labelNameBytesMax {
        throw PageFailure(
          "the label '\(label.name)' of '\(name)' has \(label.name.utf8.count) bytes, more than the "
            + "label_name_length_limit of \(limits.labelNameBytesMax)")
      }
      if limits.labelValueBytesMax > 0, label.value.utf8.count > limits.labelValueBytesMax {
        throw PageFailure(
          "the value of the label '\(label.name)' of '\(name)' has \(label.value.utf8.count) bytes, more than the "
            + "label_value_length_limit of \(limits.labelValueBytesMax)")
      }
    }
  }
}
