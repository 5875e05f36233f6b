import Commands
import JSON

/// The samples of a series in a response to a query.
struct ResultSeries {
  let labels: LabelText
  let points: [ResultPoint]

  /// - Parameter value: an element of `result`, of a vector or a matrix.
  init(_ value: JSONValue) {
    labels = LabelText(metric: value["metric"] ?? .null)
    points = (value["values"]?.array ?? value["value"].map { [$0] } ?? []).compactMap(ResultPoint.init)
  }
}

struct ResultPoint {
  /// In milliseconds since 1970.
  let time: Int64
  /// As the server wrote it.
  let text: String

  /// The value; nil for what is not a number, such as the text of a query that is one.
  var value: Double? { Double(text) }

  init?(_ value: JSONValue) {
    guard let time = value[0]?.double, let text = value[1]?.string else { return nil }
    self.time = Int64((time * 1_000).rounded())
    self.text = text
  }
}
