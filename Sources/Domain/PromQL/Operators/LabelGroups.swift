import Series

/// The groups of an aggregation, in the order in which their first series came.
struct LabelGroups {
  let grouping: Grouping
  /// Of each group.
  private(set) var labels: [LabelSet] = []
  private var places: [LabelSet: Int] = [:]

  init(_ grouping: Grouping) { self.grouping = grouping }

  mutating func place(of series: LabelSet) -> Int {
    let key =
      switch grouping {
      case .by(let names): names.isEmpty ? .empty : series.keeping(names)
      case .without(let names):
        series.filter { label in
          label.name != Label.metricName && !names.contains { $0.hasSameBytes(as: label.name) }
        }
      }
    if let place = places[key] { return place }
    places[key] = labels.count
    labels.append(key)
    return labels.count - 1
  }
}
