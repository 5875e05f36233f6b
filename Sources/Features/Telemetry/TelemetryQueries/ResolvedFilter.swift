import Columns
import Engine
import SQLBuilder
import TraceQL

extension TenantTelemetry {
  /// The filter after the small tables were asked what they know.
  ///
  /// An attribute that no resource has can only be a span's. Then the condition is a plain one, for which the engine
  /// leaves out rows by index. The same holds of an attribute that no span has a list of.
  func resolved(_ filter: SpanFilter) throws(QueryFailure) -> SpanFilter {
    var filter = filter
    if filter.readsScores { try settleScores() }
    let open = filter.attributes.indices.filter { filter.attributes[$0].place == .either }
    if !open.isEmpty {
      let conditions = open.map { "max(\(filter.attributes[$0].resourceCondition))" as SQLFragment }
      let found = try rows(Select(["[\(conditions.joined(separator: ", "))] AS found"], from: .resources))
      let (flags, range) = found["found"].list(0)
      for (index, flag) in zip(open, range) where flags.unsigned(flag) == 0 { filter.attributes[index].place = .span }
    }
    if let query = filter.query { filter.listKeys = try listKeys(of: query) }
    return filter
  }

  /// The attributes of spans that a query compares and that some spans have lists of.
  private func listKeys(of query: TraceQLQuery) throws(QueryFailure) -> Set<String> {
    let keys = Set(
      query.comparisons.compactMap { comparison -> String? in
        guard case .attribute(let scope, let key) = comparison.field, scope == .span || scope == .unscoped,
          comparison.value != .nothing
        else { return nil }
        return key
      })
    guard !keys.isEmpty else { return [] }
    let found = try rows(
      Select(
        ["key"], from: .attributeKeys,
        where: ["source = 'span'", "type = \(UInt64(AttributeType.array.rawValue))", "has(\(keys.sorted()), key)"],
        groupBy: ["key"]))
    return Set((0..<found.rowCount).compactMap { found["key"].string($0) })
  }
}
