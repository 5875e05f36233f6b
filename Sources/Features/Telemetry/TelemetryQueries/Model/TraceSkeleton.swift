package import Base
package import Telemetry

/// A trace as columns: what a view of all its spans at once needs, and no more.
///
/// Spans are in the order of their starts; a place is a span's number in that order.
package struct TraceSkeleton: Sendable {
  package let traceID: TraceID
  /// Whether the trace has more spans than these.
  package let isTruncated: Bool
  /// The start of the first span.
  package let start: UnixNanoseconds
  /// From the start of the first span to the end of the last one.
  package let durationNanoseconds: Int64
  package let errorCount: Int
  /// Of spans within each other those of the innermost.
  package let inputTokens: UInt64
  package let outputTokens: UInt64
  package let spans: Spans
  package let calls: Calls
  package let gpus: GPUs

  /// One element for each span.
  package struct Spans: Sendable {
    package var ids: [SpanID] = []
    /// The place of each span's parent; nil at a root.
    ///
    /// From the number of spans on: places in ``missingParents``.
    package var parents: [Int?] = []
    /// The parents that are not among the spans.
    package var missingParents: [SpanID] = []
    package var names = TextColumn()
    package var services = TextColumn()
    package var kinds: [SpanKind] = []
    package var statuses: [SpanStatus] = []
    /// From the start of the trace.
    package var startNanoseconds: [Int64] = []
    package var durationNanoseconds: [Int64] = []
  }

  /// The spans that say something about a model or its tokens.
  package struct Calls: Sendable {
    package var places: [Int] = []
    package var providers = TextColumn()
    package var operations = TextColumn()
    /// The requested model, or the one that responded.
    package var models = TextColumn()
    package var inputTokens: [UInt64?] = []
    package var outputTokens: [UInt64?] = []
    package var cachedTokens: [UInt64?] = []
    package var firstTokenNanoseconds: [Int64?] = []
    package var perTokenNanoseconds: [Int64?] = []
  }

  /// Each GPU of each span that names some.
  package struct GPUs: Sendable {
    package var places: [Int] = []
    package var ids = TextColumn()
  }

  /// The first root.
  package var rootPlace: Int? { spans.parents.firstIndex { $0 == nil } }
  package var rootName: String? { rootPlace.map { spans.names[$0] } }
  package var rootService: String? { rootPlace.map { spans.services[$0] } }
}

/// Texts of which many are the same: each different one once, and the number of one for each row.
package struct TextColumn: Sendable {
  package private(set) var values: [String] = []
  package private(set) var rows: [Int] = []
  private var numbers: [ArraySlice<UInt8>: Int] = [:]
  /// The bytes of the text before, which the next one often has too.
  private var newest: (bytes: ArraySlice<UInt8>, number: Int)?

  package init() {}

  /// - Parameter rows: The number of the value of each row.
  package init(_ values: [String], rows: [UInt8]) {
    self.values = values
    self.rows = rows.map(Int.init)
  }

  package subscript(row: Int) -> String { values[rows[row]] }

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    if let newest, newest.bytes == bytes { return rows.append(newest.number) }
    let number = numbers[bytes] ?? values.count
    if number == values.count {
      values.append(String(decoding: bytes, as: UTF8.self))
      numbers[bytes] = number
    }
    newest = (bytes, number)
    rows.append(number)
  }
}
