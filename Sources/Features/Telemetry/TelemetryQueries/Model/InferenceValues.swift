package import Telemetry

/// What the normaliser found of a span, whichever convention it came in: its values in `SpanColumn.normalised`.
package struct InferenceValues: Sendable, Hashable {
  /// A value of one column.
  package enum Value: Sendable, Hashable {
    case unknown
    case text(String)
    case texts([String])
    case count(UInt64)
    case nanoseconds(Int64)
  }

  /// One for each column, in their order; none where nothing is known.
  private var values: [Value] = []

  /// Nothing is known.
  package init() {}

  /// The value of the column of this place.
  subscript(place: Int) -> Value {
    get { values.isEmpty ? .unknown : values[place] }
    set {
      if values.isEmpty { values = [Value](repeating: .unknown, count: SpanColumn.normalised.count) }
      values[place] = newValue
    }
  }

  /// The columns of a part of a span with their values; nil where none of them is known.
  package func values(in part: SpanPart) -> [(column: SpanColumn.Inference, value: Value)]? {
    let pairs = zip(Self.columns, values).filter { $0.0.part == part }
    return pairs.contains { $0.1 != .unknown } ? pairs.map { (column: $0.0, value: $0.1) } : nil
  }

  package var inputTokens: UInt64? { count(at: Self.inputPlace) }
  package var outputTokens: UInt64? { count(at: Self.outputPlace) }

  private func count(at place: Int) -> UInt64? {
    guard case .count(let count) = self[place] else { return nil }
    return count
  }

  private static let columns = SpanColumn.normalised.compactMap(\.inference)
  private static let inputPlace = place(of: .inputTokens)
  private static let outputPlace = place(of: .outputTokens)

  private static func place(of column: SpanColumn) -> Int {
    guard let place = SpanColumn.normalised.firstIndex(where: { $0.name == column.name }) else {
      preconditionFailure("\(column.name) is not a normalised column")
    }
    return place
  }
}
