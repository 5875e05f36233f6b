import Columns

/// Where a block has the rows of a normalised column, which says of what kind its values are.
enum InferencePlace: Sendable {
  typealias Path<Rows: Column> = any KeyPath<SpanBlock, Rows> & Sendable

  /// Text with few distinct values.
  case name(Path<DictionaryColumn>)
  case text(Path<StringColumn>)
  case names(Path<ListColumn<DictionaryColumn>>)
  case count(Path<NullableColumn<UInt64>>)
  case nanoseconds(Path<NullableColumn<Int64>>)

  var kind: InferenceValueKind {
    switch self {
    case .name, .text: .text
    case .names: .texts
    case .count: .count
    case .nanoseconds: .nanoseconds
    }
  }

  func rows(of block: SpanBlock) -> InferenceRows {
    switch self {
    case .name(let path): .name(block[keyPath: path])
    case .text(let path): .text(block[keyPath: path])
    case .names(let path): .names(block[keyPath: path])
    case .count(let path): .count(block[keyPath: path])
    case .nanoseconds(let path): .nanoseconds(block[keyPath: path])
    }
  }
}

/// The rows of a normalised column.
///
/// A decoder writes a row only for a span that says something.
///
/// An enumeration, as a protocol would have numbers padded by code that does not know their type.
enum InferenceRows: Sendable {
  case name(DictionaryColumn)
  case text(StringColumn)
  case names(ListColumn<DictionaryColumn>)
  case count(NullableColumn<UInt64>)
  case nanoseconds(NullableColumn<Int64>)

  var column: any Column {
    switch self {
    case .name(let column): column
    case .text(let column): column
    case .names(let column): column
    case .count(let column): column
    case .nanoseconds(let column): column
    }
  }

  /// Makes a new or emptied column ready: the empty text gets code 0, so that it needs no look-up.
  func begin() {
    if case .name(let column) = self { _ = column.dictionary.code("") }
  }

  /// Appends rows of an unknown value until there are `rowCount`; does nothing if there are as many.
  func padUnknown(toRowCount rowCount: Int) {
    switch self {
    case .name(let column): column.pad(code: 0, toRowCount: rowCount)
    case .text(let column): column.padEmpty(toRowCount: rowCount)
    case .names(let column): column.padEmpty(toRowCount: rowCount)
    case .count(let column): column.padNull(toRowCount: rowCount)
    case .nanoseconds(let column): column.padNull(toRowCount: rowCount)
    }
  }
}
