import Base
import Columns
package import Engine

extension TenantTelemetry {
  /// The sessions or users of a search, in its order, at most as many as its limit.
  package func owners(_ search: OwnerSearch) throws(QueryFailure) -> [OwnerSummary] {
    guard questionRange != nil else { return try asked(about: search.range).owners(search) }
    let statements = OwnerSQL(search: search, hasLateOuterSpans: derived.hasCorrections(after: 0))
    let page = try rows(statements.page())
    guard page.rowCount > 0 else { return [] }
    var owners = (0..<page.rowCount).map { row in
      OwnerSummary(
        id: page["owner"].string(row) ?? "",
        place: OwnerPlace(key: page["place_key"].int(row) ?? 0, hash: page["hash"].unsigned(row) ?? 0),
        firstTime: UnixNanoseconds(page["first_time"].int(row) ?? 0),
        lastTime: UnixNanoseconds(page["last_time"].int(row) ?? 0),
        traceCount: page["trace_count"].unsigned(row) ?? 0)
    }
    let sums = try rows(statements.sums(of: owners.map(\.id)))
    var rowOfOwner: [String: Int] = [:]
    for row in 0..<sums.rowCount { rowOfOwner[sums["owner"].string(row) ?? ""] = row }
    for index in owners.indices {
      guard let row = rowOfOwner[owners[index].id] else { continue }
      owners[index].spanCount = sums["span_count"].unsigned(row) ?? 0
      owners[index].errorCount = sums["error_count"].unsigned(row) ?? 0
      owners[index].callCount = sums["call_count"].unsigned(row) ?? 0
      owners[index].inputTokens = sums["input_tokens"].unsigned(row) ?? 0
      owners[index].outputTokens = sums["output_tokens"].unsigned(row) ?? 0
    }
    return owners
  }
}
