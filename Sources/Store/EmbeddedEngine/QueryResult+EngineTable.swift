import EmbeddedClickHouse
import Engine

extension QueryResult {
  init(_ table: EngineTable) {
    self.init(
      columns: table.columns.map {
        ResultColumn(name: $0.name, values: ResultValues($0.values), validity: $0.validity)
      },
      rowCount: table.rowCount)
  }
}

extension ResultValues {
  /// The same values; the arrays are shared.
  init(_ values: EngineValues) {
    self =
      switch values {
      case .ints(let values): .ints(values)
      case .unsigneds(let values): .unsigneds(values)
      case .doubles(let values): .doubles(values)
      case .bytes(let offsets, let data): .bytes(offsets: offsets, data: data)
      case .list(let offsets, let elements): .list(offsets: offsets, elements: ResultValues(elements))
      case .map(let offsets, let keys, let values):
        .map(offsets: offsets, keys: ResultValues(keys), values: ResultValues(values))
      }
  }
}
