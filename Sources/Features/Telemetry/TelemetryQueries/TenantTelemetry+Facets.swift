import Base
import Columns
package import Engine
import SQLBuilder
import Telemetry

/// A value of a field and how many spans and traces have it.
package struct CountedFacet: Sendable, Hashable {
  package var value: String
  package var spanCount: UInt64
  /// An estimate above some ten thousand.
  package var traceCount: UInt64
}

/// What values the spans of a filter have.
package struct SpanFacets: Sendable {
  package struct Field: Sendable, Hashable {
    /// The name of the parameter that filters by it.
    package var field: String
    /// Different values, those left out too.
    package var valueCount: UInt64
    /// Those of the most spans.
    package var values: [CountedFacet]
  }

  package var fields: [Field]
  package var spanCount: UInt64
  /// Of so many traces one is looked at; counts of values are multiplied by it.
  package var divisor: UInt64
}

/// An attribute by which spans are counted.
package struct FacetAttribute: Sendable, Hashable {
  package var place: AttributePlace
  package var key: String

  package init(place: AttributePlace, key: String) {
    self.place = place
    self.key = key
  }

  package var field: String { (place == .span ? "attr." : "resource.") + key }
}

extension TenantTelemetry {
  /// The most spans whose values are counted; of more, whole traces are chosen by their ids.
  package static let facetSpanCountMax: UInt64 = 500_000
  /// The resources whose attributes are known to a statement.
  private static let facetResourceCountMax = 10_000

  /// The most frequent values of the fields that spans are filtered by, and of some attributes.
  ///
  /// - Parameter limit: The most values of a field.
  package func facets(
    _ filter: SpanFilter, attributes: [FacetAttribute], limit: Int, spanCountMax: UInt64 = Self.facetSpanCountMax
  ) throws(QueryFailure) -> SpanFacets {
    guard questionRange != nil else {
      return try asked(about: filter.range).facets(
        filter, attributes: attributes, limit: limit, spanCountMax: spanCountMax)
    }
    let filter = try resolved(filter)
    let conditions = [SpanCountingSQL.isNoCopy] + filter.spanConditions(in: filter.range)
    let counts = try rows(SpanFacetSQL.count(conditions))
    let count = counts.rowCount > 0 ? counts["spans"].number(0) : 0
    let divisor = count > spanCountMax ? (count - 1) / spanCountMax + 1 : 1
    var pairs = [SpanFacetSQL.fields, SpanFacetSQL.gpus]
    for attribute in attributes { pairs.append("[(\(attribute.field), \(try value(of: attribute)))]") }
    let result = try rows(
      SpanFacetSQL.facets(conditions + SpanFacetSQL.isInSampledTrace(oneOf: divisor), pairs, limit: limit))
    var fields: [String: SpanFacets.Field] = [:]
    for row in 0..<result.rowCount {
      let field = result["field"].text(row)
      fields[field, default: .init(field: field, valueCount: result["value_count"].number(row), values: [])].values
        .append(
          CountedFacet(
            value: result["value"].text(row), spanCount: result["spans"].number(row) &* divisor,
            traceCount: result["traces"].number(row) &* divisor))
    }
    let order = SpanFacetSQL.facetFields + attributes.map(\.field)
    return SpanFacets(
      fields: order.map { fields[$0] ?? .init(field: $0, valueCount: 0, values: []) }, spanCount: count,
      divisor: divisor)
  }

  /// The text that a span has of an attribute; empty text for none.
  func value(of attribute: FacetAttribute) throws(QueryFailure) -> SQLFragment {
    switch attribute.place {
    case .span:
      let source = SpanAttribute(key: attribute.key).source
      return "toString(\(source.text))"
    case .resource:
      let source = AttributeSource(mapKey: attribute.key)
      var select = Select(
        ["resource_id", "\(source.text) AS text"], from: .resources, where: [source.exists],
        limit: Self.facetResourceCountMax)
      select.limitBy = (1, ["resource_id"])
      let found = try rows(select)
      let ids = (0..<found.rowCount).map { found["resource_id"].number($0) }
      guard !ids.isEmpty else { return "''" }
      let texts = (0..<found.rowCount).map { found["text"].text($0) }
      return "transform(resource_id, \(ids), \(texts), '')"
    }
  }
}

extension SpanFacetSQL {
  /// The fields of ``facets(_:_:limit:)``, in the order in which they are shown.
  static let facetFields = ["service", "status", "kind", "model", "provider", "operation", "gpu", "user", "session"]

  /// One of so many traces, chosen by their ids; all for 1.
  static func isInSampledTrace(oneOf divisor: UInt64) -> [SQLFragment] {
    divisor > 1 ? ["cityHash64(trace_id) % \(divisor) = 0"] : []
  }

  /// The most frequent values of each field.
  static func facets(_ conditions: [SQLFragment], _ pairs: [SQLFragment], limit: Int) -> Select {
    let all = "arrayConcat(\(pairs.joined(separator: ", ")))" as SQLFragment
    let filled =
      "arrayDistinct(arrayFilter(p -> p.2 != '' AND length(p.2) <= \(UInt64(valueLengthMax)), \(all)))" as SQLFragment
    let counted = Select(
      ["pair.1 AS field", "pair.2 AS value", "count() AS spans", "uniq(trace_id) AS traces"],
      from: .subquery(Select(["trace_id", "arrayJoin(\(filled)) AS pair"], from: .spans, where: conditions)),
      groupBy: ["field", "value"])
    var select = Select(
      ["field", "value", "spans", "traces", "count() OVER (PARTITION BY field) AS value_count"],
      from: .subquery(counted), orderBy: ["field", "spans DESC", "value"])
    select.limitBy = (limit, ["field"])
    return select
  }
}
