package import Base
package import Columns
package import Engine
import SQLBuilder

/// An attribute key that is in use, with a type that values of it have.
package struct AttributeKey: Sendable, Hashable {
  package var place: AttributePlace
  package var key: String
  package var type: AttributeType
}

/// Whose attributes.
package enum AttributePlace: String, Sendable, CaseIterable {
  case span, resource
}

extension TenantTelemetry {
  /// The most spans that are examined for keys and values; enough to meet every common one.
  static let sampledSpanCount = 50_000

  /// Keys in use, the most frequent first, each once for each type that it has values of.
  package func attributeKeys(
    _ place: AttributePlace, in range: TimeRange, prefix: String?, limit: Int
  ) throws(QueryFailure) -> [AttributeKey] {
    guard questionRange != nil else {
      return try asked(about: range).attributeKeys(place, in: range, prefix: prefix, limit: limit)
    }
    let pairs = Select(
      ["arrayJoin(arrayZip(mapKeys(keyed), types)) AS pair"],
      from: .subquery(
        sample(place, of: .spansWithAttributes, range, ["\(place.attributes) AS keyed", "\(place.types) AS types"])))
    let matches: [SQLFragment] = prefix.map { ["startsWith(toString(pair.1), \($0))"] } ?? []
    let result = try rows(
      Select(
        ["toString(pair.1) AS key", "pair.2 AS type", "count() AS uses"], from: .subquery(pairs),
        where: matches, groupBy: ["key", "type"], orderBy: ["uses DESC", "key", "type"], limit: limit))
    return (0..<result.rowCount).map { row in
      let type = UInt8(truncatingIfNeeded: result["type"].unsigned(row) ?? 0)
      return AttributeKey(
        place: place, key: result["key"].string(row) ?? "", type: AttributeType(rawValue: type) ?? .empty)
    }
  }

  /// Values of a key with their types, the most frequent first.
  package func attributeValues(
    _ place: AttributePlace, key: String, in range: TimeRange, prefix: String?, limit: Int
  ) throws(QueryFailure) -> [StoredAttribute] {
    guard questionRange != nil else {
      return try asked(about: range).attributeValues(place, key: key, in: range, prefix: prefix, limit: limit)
    }
    let attribute = place == .span ? SpanAttribute(key: key).source : AttributeSource(mapKey: key)
    // One attribute is in its own column or in the map, so the spans do without the view that puts all of them together.
    var values = sample(
      place, of: .spans, range, ["toString(\(attribute.text)) AS text", "\(attribute.type) AS type"])
    values.conditions.append(attribute.exists)
    if let prefix { values.conditions.append("startsWith(toString(\(attribute.text)), \(prefix))") }
    var select = Select(
      ["text", "type", "count() AS uses"], from: .subquery(values), groupBy: ["text", "type"],
      orderBy: ["uses DESC", "text"], limit: limit)
    // Two threads read up to twice as many spans before the limit stops them.
    select.threadCount = 1
    let result = try rows(select)
    return (0..<result.rowCount).map { row in
      let type = UInt8(truncatingIfNeeded: result["type"].unsigned(row) ?? 0)
      return StoredAttribute(
        key: key, type: AttributeType(rawValue: type) ?? .empty, text: result["text"].string(row) ?? "")
    }
  }

  /// Some of the rows that have attributes.
  ///
  /// - Parameter spans: The spans, or the view of them with all attributes in one map.
  private func sample(
    _ place: AttributePlace, of spans: SQLTable, _ range: TimeRange, _ columns: [SQLFragment]
  ) -> Select {
    switch place {
    case .span:
      Select(columns, from: spans, where: range.conditions(on: "start_time"), limit: Self.sampledSpanCount)
    case .resource: Select(columns, from: .resources, limit: Self.sampledSpanCount)
    }
  }
}

extension AttributePlace {
  fileprivate var attributes: SQLFragment { self == .span ? "all_attributes" : "attributes" }
  fileprivate var types: SQLFragment { self == .span ? "all_attribute_types" : "attribute_types" }
}
