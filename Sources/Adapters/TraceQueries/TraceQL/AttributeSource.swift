/// Where an attribute is stored, as SQL that reads it.
///
/// Every condition is two-valued: it is false, never NULL, for a row that lacks the attribute.
struct AttributeSource {
  /// The value's canonical text; empty text when there is none.
  let text: SQLFragment
  /// The value's type number, 0 when there is none.
  let type: SQLFragment
  /// Whether the attribute is there.
  let exists: SQLFragment

  /// An attribute of the table that is read; spans, resources, scopes, logs and metric points store them alike.
  init(key: String) {
    text = "attributes[\(key)]"
    type = "attribute_types[indexOf(mapKeys(attributes), \(key))]"
    exists = "mapContains(attributes, \(key))"
  }
}
