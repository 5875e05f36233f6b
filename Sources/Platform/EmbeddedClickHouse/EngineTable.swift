/// The rows of a query, by column.
package struct EngineTable: Sendable {
  package struct Column: Sendable {
    package var name: String
    package var values: EngineValues
    /// False where a row is NULL; nil when none is.
    package var validity: [Bool]?
  }

  package var columns: [Column]
  package var rowCount: Int
}

/// The values of a column. Offsets have one more entry than there are rows.
package indirect enum EngineValues: Sendable {
  case ints([Int64])
  case unsigneds([UInt64])
  case doubles([Double])
  case bytes(offsets: [Int], data: [UInt8])
  case list(offsets: [Int], elements: EngineValues)
  case map(offsets: [Int], keys: EngineValues, values: EngineValues)
}
