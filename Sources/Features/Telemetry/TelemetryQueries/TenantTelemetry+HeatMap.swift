import Base
import Columns
package import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The columns of a heat map that have spans, by time; nil where it has more cells than it may.
  package func heatMap(_ query: HeatMapQuery) throws(QueryFailure) -> [HeatMapColumn]? {
    guard questionRange != nil else { return try asked(about: query.filter.range).heatMap(query) }
    var query = query
    query.filter = try resolved(query.filter)
    let cells = try sums(HeatMapSQL.cells(query, newest: newestDerived))
    guard cells.rowCount <= query.cellCountMax else { return nil }
    guard cells.rowCount > 0 else { return [] }
    let (times, places, spans) = (cells["column_ns"], cells["place"], cells["spans"])
    var columns: [HeatMapColumn] = []
    for row in 0..<cells.rowCount {
      let start = times.time(row)
      if columns.last?.start != start { columns.append(HeatMapColumn(start: start)) }
      columns[columns.count - 1].rows.append(Int(places.number(row)))
      columns[columns.count - 1].counts.append(spans.number(row))
    }
    return columns
  }
}
