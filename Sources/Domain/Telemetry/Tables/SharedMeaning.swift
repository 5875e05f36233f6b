/// What columns mean that several tables have.
package enum SharedMeaning {
  static let serviceName = "The resource's `service.name`, `unknown_service` without one."
  static let resourceID = "The row of `resources`."
  static let scopeID = "The row of `scopes`."
  static let scopeName = "The name of the instrumentation scope."
  static let scopeVersion = "The version of the instrumentation scope."
  static let attributes = "All attributes, in the order in which they came, values as canonical text."
  static let attributeTypes = "One type number for each entry of `attributes`."
  static let droppedAttributes = "Attributes that the client or the server left out."
  package static let receivedAt = "The time of the commit that stored the row."
  static let schemaURL = "The schema that the attributes follow; empty text for none."
  package static let lastSeen = "The latest commit that had it."

  package static func batchID(of row: String) -> String {
    "Hash of the body of the request that brought the \(row), by which a retry is recognised."
  }
}
