import Series

/// A sample of a page.
struct PageSample {
  /// What tells its series apart from the others of the page: equal for equal labels.
  let key: [UInt8]
  let value: Double
  /// In milliseconds since 1970; nil for none.
  let time: Int64?
  var exemplar: PageExemplar?
}

/// The exemplar of a sample of a page.
struct PageExemplar: Hashable {
  let labels: LabelSet
  let value: Double
  /// In milliseconds since 1970; nil for none.
  let time: Int64?
}

/// Who gets what a page holds, in the order of the page.
///
/// An object, so that what it has collected is never copied.
protocol PageVisitor: AnyObject {
  /// A family, before or after its samples.
  func family(_ metadata: MetricMetadata) throws(PageFailure)
  /// - Parameter labels: reads the labels, the name among them.
  func sample(_ sample: PageSample, labels: () -> LabelSet) throws(PageFailure)
}

/// Reads pages of metrics.
protocol PageReader: Sendable {
  /// - Throws: why the page is not valid, with the line; or what the visitor throws.
  func read(_ page: [UInt8], as format: PageFormat, _ visitor: some PageVisitor) throws(PageFailure)
}

/// Why a page is refused: a sentence without its period.
struct PageFailure: Error, Sendable, Hashable, CustomStringConvertible {
  let description: String
  /// Whether the page has more bytes than its job allows.
  var isTooLarge = false

  init(_ description: String, isTooLarge: Bool = false) {
    self.description = description
    self.isTooLarge = isTooLarge
  }
}
