package import Base

/// What a heat map counts: spans by the time at which they start and by how long something of them takes.
package struct HeatMapQuery: Sendable {
  package enum Measure: String, Sendable, CaseIterable {
    case duration
    /// The time to the first token; only spans that have one count.
    case ttft
  }

  package var filter: SpanFilter
  package var measure = Measure.duration
  /// The width of a column; columns begin at whole multiples of it since 1970.
  package var stepNanoseconds: Int64
  /// How many rows a doubling of the time has: 1, 2, 4 or 8.
  package var rowsPerDoubling: Int
  /// The most cells.
  package var cellCountMax: Int

  package init(filter: SpanFilter, stepNanoseconds: Int64, rowsPerDoubling: Int, cellCountMax: Int) {
    self.filter = filter
    self.stepNanoseconds = stepNanoseconds
    self.rowsPerDoubling = rowsPerDoubling
    self.cellCountMax = cellCountMax
  }
}

/// The spans that start in one step of time, by their durations.
package struct HeatMapColumn: Sendable, Hashable {
  package var start: UnixNanoseconds
  /// The rows that have spans, from the shortest on, and how many.
  package var rows: [Int] = []
  package var counts: [UInt64] = []
}
