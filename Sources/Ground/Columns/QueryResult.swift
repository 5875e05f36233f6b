/// The rows of a query, by column.
package struct QueryResult: Sendable {
  package var columns: [ResultColumn]
  package var rowCount: Int

  package init(columns: [ResultColumn], rowCount: Int) {
    self.columns = columns
    self.rowCount = rowCount
  }

  /// The column of a name.
  ///
  /// It MUST be one that the statement selects.
  package subscript(name: String) -> ResultColumn {
    guard let column = columns.first(where: { $0.name == name }) else {
      preconditionFailure("no column \(name) among \(columns.map(\.name))")
    }
    return column
  }
}

/// One column of a result.
package struct ResultColumn: Sendable {
  package let name: String
  package let values: ResultValues
  /// False where a row is NULL; nil when no row can be.
  package let validity: [Bool]?

  package init(name: String, values: ResultValues, validity: [Bool]? = nil) {
    self.name = name
    self.values = values
    self.validity = validity
  }

  package func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }

  /// A number of any integer width, or of a Bool, Date or DateTime64 column (its ticks).
  ///
  /// NULL is nil.
  package func int(_ row: Int) -> Int64? { isNull(row) ? nil : values.int(row) }

  /// A UInt64 as such.
  ///
  /// NULL is nil.
  package func unsigned(_ row: Int) -> UInt64? { isNull(row) ? nil : values.unsigned(row) }

  /// A number as Double.
  ///
  /// NULL is nil.
  package func double(_ row: Int) -> Double? { isNull(row) ? nil : values.double(row) }

  /// Text; invalid UTF-8 is repaired.
  ///
  /// NULL is nil.
  package func string(_ row: Int) -> String? {
    isNull(row) ? nil : values.bytes(row).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of a String or FixedString.
  ///
  /// NULL is nil.
  package func bytes(_ row: Int) -> ArraySlice<UInt8>? { isNull(row) ? nil : values.bytes(row) }

  /// The elements of an Array row: its values and the range of them that the row owns.
  package func list(_ row: Int) -> (elements: ResultValues, range: Range<Int>) {
    guard case .list(let offsets, let elements) = values else { preconditionFailure("\(name) is not an array") }
    return (elements, offsets[row]..<offsets[row + 1])
  }

  /// The entries of a Map row: keys, values and the range of them that the row owns.
  package func map(_ row: Int) -> (keys: ResultValues, values: ResultValues, range: Range<Int>) {
    guard case .map(let offsets, let keys, let values) = values else { preconditionFailure("\(name) is not a map") }
    return (keys, values, offsets[row]..<offsets[row + 1])
  }
}

/// The values of a column.
///
/// Offsets have one more entry than there are rows.
package indirect enum ResultValues: Sendable {
  case ints([Int64])
  case unsigneds([UInt64])
  /// UInt8.
  case octets([UInt8])
  case doubles([Double])
  /// String, FixedString, LowCardinality(String), Enum.
  case bytes(offsets: [Int], data: [UInt8])
  case list(offsets: [Int], elements: ResultValues)
  case map(offsets: [Int], keys: ResultValues, values: ResultValues)

  package func int(_ row: Int) -> Int64? {
    switch self {
    case .ints(let values): values[row]
    case .unsigneds(let values): Int64(exactly: values[row])
    case .octets(let values): Int64(values[row])
    case .doubles(let values): Int64(exactly: values[row].rounded())
    default: nil
    }
  }

  package func unsigned(_ row: Int) -> UInt64? {
    switch self {
    case .ints(let values): UInt64(exactly: values[row])
    case .unsigneds(let values): values[row]
    case .octets(let values): UInt64(values[row])
    default: nil
    }
  }

  package func double(_ row: Int) -> Double? {
    switch self {
    case .ints(let values): Double(values[row])
    case .unsigneds(let values): Double(values[row])
    case .octets(let values): Double(values[row])
    case .doubles(let values): values[row]
    default: nil
    }
  }

  package func bytes(_ row: Int) -> ArraySlice<UInt8>? {
    guard case .bytes(let offsets, let data) = self else { return nil }
    return data[offsets[row]..<offsets[row + 1]]
  }

  package func string(_ row: Int) -> String? { bytes(row).map { String(decoding: $0, as: UTF8.self) } }
}
