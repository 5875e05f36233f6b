import Telemetry

/// SQL that puts the promoted attributes back among the others; see ``PromotedAttribute``.
enum PromotedAttributeSQL {
  /// The keys and values of a row: the promoted ones that the row has, in the order of their bits, then the map's.
  static var allAttributes: String {
    "CAST((arrayConcat(\(selected(keys)), mapKeys(attributes)), arrayConcat(\(selected(values)), "
      + "mapValues(attributes))), 'Map(LowCardinality(String), String)')"
  }

  static var allAttributeTypes: String { "arrayConcat(\(selected(types)), attribute_types)" }

  private static var keys: String { list { "'\($0.key)'" } }
  private static var values: String {
    list { $0.isInteger ? "toString(ifNull(\($0.column), 0))" : "toString(\($0.column))" }
  }
  private static var types: String { list { $0.isInteger ? "3" : "1" } }

  private static func list(_ element: (PromotedAttribute) -> String) -> String {
    "[\(PromotedAttribute.all.map(element).joined(separator: ", "))]"
  }

  private static func selected(_ array: String) -> String {
    let bits = PromotedAttribute.all.map { "\($0.bit)" }.joined(separator: ", ")
    return "arrayFilter((x, bit) -> bitTest(promoted, bit), \(array), [\(bits)])"
  }
}
