import Columns
import SQLBuilder
import Telemetry
import TraceQL

/// Where an attribute is stored in a row, as SQL that reads it.
///
/// Every condition is two-valued: it is false, never NULL, for a row that lacks the attribute.
struct AttributeSource {
  /// The value's canonical text; empty text when there is none.
  let text: SQLFragment
  /// The value's type number, 0 when there is none.
  let type: SQLFragment
  /// Whether the attribute is there.
  let exists: SQLFragment

  /// An attribute in the map of a row of any table.
  init(mapKey key: String) {
    text = "attributes[\(key)]"
    type = "attribute_types[indexOf(mapKeys(attributes), \(key))]"
    exists = "mapContains(attributes, \(key))"
  }

  /// The column that a well-known attribute of spans is normalised to, whichever convention it came in.
  init(column attribute: PromotedAttribute) {
    let column = attribute.columnSQL
    text = attribute.isInteger ? "ifNull(toString(\(column)), '')" : "\(column)"
    exists = attribute.isInteger ? "isNotNull(\(column))" : "\(column) != ''"
    type = attribute.isInteger ? "if(\(exists), 3, 0)" : "if(\(exists), 1, 0)"
  }

  /// The value equals a text, whatever its type.
  func equals(_ value: String) -> SQLFragment {
    value.isEmpty ? "\(text) = '' AND \(exists)" : "\(text) = \(value)"
  }
}

/// An attribute of a span.
enum SpanAttribute {
  /// A well-known one: the normalised column, and the map for values that the column cannot hold.
  case promoted(PromotedAttribute, key: String)
  case map(key: String)

  init(key: String) {
    self = PromotedAttribute(key: key).map { .promoted($0, key: key) } ?? .map(key: key)
  }

  /// The best single place to read values from.
  var source: AttributeSource {
    switch self {
    case .promoted(let attribute, _): AttributeSource(column: attribute)
    case .map(let key): AttributeSource(mapKey: key)
    }
  }

  var exists: SQLFragment {
    switch self {
    case .promoted(let attribute, let key):
      "\(AttributeSource(column: attribute).exists) OR \(AttributeSource(mapKey: key).exists)"
    case .map(let key): AttributeSource(mapKey: key).exists
    }
  }

  /// - Parameter withLists: Whether some spans have lists of it, whose elements are compared as well.
  func condition(_ comparison: ComparisonOperator, _ literal: Literal, withLists: Bool) -> SQLFragment {
    switch (self, literal) {
    case (_, .nothing): return comparison == .equal ? "NOT (\(exists))" : exists
    case (.promoted(let attribute, let key), _):
      let map = AttributeSource(mapKey: key)
      guard let column = ComparisonSQL.promoted(attribute, comparison, literal) else {
        return ComparisonSQL.condition(map, comparison, literal, withLists: withLists)
      }
      guard withLists, let elements = ListSQL.condition(map, comparison, literal) else { return column }
      return "(\(column)) OR (\(elements))"
    case (.map(let key), _):
      return ComparisonSQL.condition(AttributeSource(mapKey: key), comparison, literal, withLists: withLists)
    }
  }

  func equals(_ value: String) -> SQLFragment {
    switch self {
    case .promoted(let attribute, _) where attribute.isInteger:
      UInt64(value).map { "ifNull(\(attribute.columnSQL) = \($0), false)" } ?? "false"
    case .promoted(let attribute, let key) where value.isEmpty:
      "NOT (\(AttributeSource(column: attribute).exists)) AND \(AttributeSource(mapKey: key).equals(value))"
    case .promoted, .map: source.equals(value)
    }
  }
}

extension PromotedAttribute {
  /// The name of its column in a statement.
  var columnSQL: SQLFragment { SQLFragment(stringLiteral: column) }
}
