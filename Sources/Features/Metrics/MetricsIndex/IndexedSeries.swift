package import Series

/// A series that was found in the index.
package struct IndexedSeries: Sendable {
  /// Hash of the labels; unique within a tenant.
  package let id: UInt64
  /// Hash of the metric's name.
  package let metric: UInt32
  package let labels: LabelSet

  package init(id: UInt64, metric: UInt32, labels: LabelSet) {
    self.id = id
    self.metric = metric
    self.labels = labels
  }
}
