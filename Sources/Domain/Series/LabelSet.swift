/// The labels of a series, the metric's name among them: sorted by name, each name once, no value empty.
///
/// A label that is not there has the empty value, so a label with an empty value is not kept.
package struct LabelSet: Sendable, Hashable {
  /// Sorted by name.
  package private(set) var labels: [Label]

  package static let empty = LabelSet()

  private init() { labels = [] }

  /// Sorts the labels and leaves out those with an empty value; of several with one name the last counts.
  package init(_ labels: some Sequence<Label>) {
    let ordered = labels.enumerated().sorted { left, right in
      left.element.name.hasSameBytes(as: right.element.name)
        ? left.offset < right.offset : left.element.name.precedes(right.element.name)
    }
    var sorted: [Label] = []
    for (_, label) in ordered {
      if let last = sorted.last, last.name.hasSameBytes(as: label.name) { sorted.removeLast() }
      sorted.append(label)
    }
    self.labels = sorted.filter { !$0.value.isEmpty }
  }

  /// Takes labels that are sorted by name already, each name once and no value empty.
  package init(sorted labels: [Label]) {
    assert(zip(labels, labels.dropFirst()).allSatisfy { $0.name.precedes($1.name) }, "labels are not sorted")
    assert(labels.allSatisfy { !$0.value.isEmpty }, "a label has an empty value")
    self.labels = labels
  }

  package var isEmpty: Bool { labels.isEmpty }
  package var count: Int { labels.count }

  /// The value of a label; empty for one that is not there.
  ///
  /// O(labels): a series has about ten.
  package subscript(name: String) -> String { labels.first { $0.name.hasSameBytes(as: name) }?.value ?? "" }

  package func contains(_ name: String) -> Bool { labels.contains { $0.name.hasSameBytes(as: name) } }

  /// The name of the metric; empty where it was dropped.
  package var metricName: String { self[Label.metricName] }

  /// With a label set, or removed by an empty value.
  package func setting(_ name: String, to value: String) -> LabelSet {
    var result = self
    let index = result.labels.firstIndex { !$0.name.precedes(name) } ?? result.labels.endIndex
    let isThere = index < result.labels.endIndex && result.labels[index].name.hasSameBytes(as: name)
    switch (isThere, value.isEmpty) {
    case (true, true): result.labels.remove(at: index)
    case (true, false): result.labels[index] = Label(name, value)
    case (false, true): break
    case (false, false): result.labels.insert(Label(name, value), at: index)
    }
    return result
  }

  /// Without the labels of some names.
  package func removing(_ names: some Collection<String>) -> LabelSet {
    filter { label in !names.contains { $0.hasSameBytes(as: label.name) } }
  }

  /// With the labels of some names only.
  package func keeping(_ names: some Collection<String>) -> LabelSet {
    filter { label in names.contains { $0.hasSameBytes(as: label.name) } }
  }

  /// With the labels that fulfil a condition only.
  package func filter(_ isIncluded: (Label) throws -> Bool) rethrows -> LabelSet {
    var result = LabelSet()
    result.labels = try labels.filter(isIncluded)
    return result
  }
}

extension LabelSet: Comparable {
  /// Label by label; a set comes before those that go on where it ends.
  package static func < (left: LabelSet, right: LabelSet) -> Bool {
    left.labels.lexicographicallyPrecedes(right.labels)
  }
}

extension LabelSet: CustomStringConvertible {
  /// As in PromQL, for example `up{instance="a:9100", job="node"}`.
  package var description: String {
    let name = metricName
    let isPlain = SeriesNotation.isPlain(name)
    var parts = labels.filter { $0.name != Label.metricName }.map {
      "\(SeriesNotation.written($0.name))=\(quoted($0.value))"
    }
    if !isPlain, !name.isEmpty { parts.insert(quoted(name), at: 0) }
    if parts.isEmpty, isPlain { return name }
    return "\(isPlain ? name : ""){\(parts.joined(separator: ", "))}"
  }

  private func quoted(_ text: String) -> String { SeriesNotation.quoted(text) }
}
