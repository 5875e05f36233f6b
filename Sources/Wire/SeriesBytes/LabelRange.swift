/// A label of a series: where its name and its value lie in one run of bytes.
package struct LabelRange: Sendable, Hashable {
  package var name: Range<Int>
  package var value: Range<Int>

  package init(name: Range<Int>, value: Range<Int>) {
    self.name = name
    self.value = value
  }
}
