/// A name and a value that tell series of one metric apart.
///
/// Texts are compared by their UTF-8 bytes, as Prometheus does; Swift's own comparison takes different spellings of one
/// character for equal.
package struct Label: Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// The label that holds the name of the metric.
  package static let metricName = "__name__"
}

extension Label: Hashable {
  package static func == (left: Label, right: Label) -> Bool {
    left.name.hasSameBytes(as: right.name) && left.value.hasSameBytes(as: right.value)
  }
}

extension Label: Comparable {
  /// By name, then by value.
  package static func < (left: Label, right: Label) -> Bool {
    if left.name.hasSameBytes(as: right.name) { return left.value.precedes(right.value) }
    return left.name.precedes(right.name)
  }
}

extension String {
  /// Whether two texts have the same UTF-8 bytes.
  package func hasSameBytes(as other: String) -> Bool {
    // Equal bytes are equal texts, so most pairs are decided by the fast comparison.
    self == other && utf8.elementsEqual(other.utf8)
  }

  /// Whether the text's UTF-8 bytes come before those of another.
  package func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
