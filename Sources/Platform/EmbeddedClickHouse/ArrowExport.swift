import CArrowADBC
import Columns

/// Describes rows of columns to the engine, as an Arrow struct array over the columns' own memory.
///
/// Nothing is copied, so the columns MUST NOT change until both structs are released.
@safe
enum ArrowExport {
  /// Fills a schema and an array with columns.
  ///
  /// - Parameter rows: Which rows; a part of the block's.
  static func fill(
    _ schema: UnsafeMutablePointer<ArrowSchema>, _ array: UnsafeMutablePointer<ArrowArray>,
    with columns: [(name: String, column: any Column)], rows: Range<Int>
  ) {
    // SAFETY: the two init functions allocate as many children as they are told; each is filled once below.
    unsafe axonize_arrow_schema_init(schema, "+s", "", 0, Int64(columns.count), 0)
    unsafe axonize_arrow_array_init(array, Int64(rows.count), 0, 0, 1, Int64(columns.count), 0)
    for (index, named) in columns.enumerated() {
      let layout = named.column.layout
      unsafe fill(schema.pointee.children[index]!, layout, name: named.name)
      unsafe fill(array.pointee.children[index]!, layout, rows: rows)
    }
  }

  private static func format(_ kind: ColumnLayout.Kind) -> String {
    switch kind {
    case .fixed(.int8): "c"
    case .fixed(.int16): "s"
    case .fixed(.int32): "i"
    case .fixed(.int64): "l"
    case .fixed(.uint8): "C"
    case .fixed(.uint16): "S"
    case .fixed(.uint32), .dictionary: "I"
    case .fixed(.uint64): "L"
    case .fixed(.float64): "g"
    case .fixed(.timestampNanoseconds): "tsn:UTC"
    case .fixedBytes(let width): "w:\(width)"
    case .string: "u"
    case .list: "+l"
    case .map: "+m"
    }
  }

  private static func fill(_ schema: UnsafeMutablePointer<ArrowSchema>, _ layout: ColumnLayout, name: String) {
    let isNullable = unsafe layout.validity != nil
    let childCount =
      switch layout.kind {
      case .list, .map: 1
      default: 0
      }
    // SAFETY: as in the caller.
    unsafe axonize_arrow_schema_init(
      schema, format(layout.kind), name, isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0, Int64(childCount),
      layout.dictionary.isEmpty ? 0 : 1)
    if let dictionary = layout.dictionary.first { unsafe fill(schema.pointee.dictionary, dictionary, name: "") }
    switch layout.kind {
    case .list:
      unsafe fill(schema.pointee.children[0]!, layout.children[0], name: "item")
    case .map:
      let entries = unsafe schema.pointee.children[0]!
      unsafe axonize_arrow_schema_init(entries, "+s", "entries", 0, 2, 0)
      unsafe fill(entries.pointee.children[0]!, layout.children[0], name: "key")
      unsafe fill(entries.pointee.children[1]!, layout.children[1], name: "value")
    default: break
    }
  }

  private static func fill(_ array: UnsafeMutablePointer<ArrowArray>, _ layout: ColumnLayout, rows: Range<Int>) {
    let childCount: Int64
    switch layout.kind {
    case .list, .map: childCount = 1
    default: childCount = 0
    }
    // The null count of a part is not known: -1 lets the engine count.
    let isWhole = rows.count == layout.rowCount
    let nullCount = unsafe layout.validity == nil ? 0 : (isWhole ? Int64(layout.nullCount) : -1)
    // SAFETY: as in the caller; the buffers are the column's own and outlive the array.
    unsafe axonize_arrow_array_init(
      array, Int64(rows.count), Int64(rows.lowerBound), nullCount, Int64(layout.buffers.count + 1), childCount,
      layout.dictionary.isEmpty ? 0 : 1)
    unsafe array.pointee.buffers[0] = layout.validity?.baseAddress
    for unsafe(index, buffer) in unsafe layout.buffers.enumerated() {
      unsafe array.pointee.buffers[index + 1] = buffer.baseAddress
    }
    if let dictionary = layout.dictionary.first {
      unsafe fill(array.pointee.dictionary, dictionary, rows: 0..<dictionary.rowCount)
    }
    switch layout.kind {
    case .list:
      let elements = layout.children[0]
      unsafe fill(array.pointee.children[0]!, elements, rows: 0..<elements.rowCount)
    case .map:
      let entries = unsafe array.pointee.children[0]!
      let count = layout.children[0].rowCount
      unsafe axonize_arrow_array_init(entries, Int64(count), 0, 0, 1, 2, 0)
      unsafe fill(entries.pointee.children[0]!, layout.children[0], rows: 0..<count)
      unsafe fill(entries.pointee.children[1]!, layout.children[1], rows: 0..<count)
    default: break
    }
  }
}
