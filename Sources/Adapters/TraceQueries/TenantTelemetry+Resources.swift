import StorePorts

extension TenantTelemetry {
  /// The resources that the rows of a result point to with `resource_id`.
  func resources(of result: QueryResult) throws(QueryFailure) -> [UInt64: StoredResource] {
    let ids = Set((0..<result.rowCount).compactMap { result["resource_id"].unsigned($0) })
    guard !ids.isEmpty else { return [:] }
    var select = Select(
      ["resource_id", "attributes", "attribute_types", "dropped_attributes", "schema_url"], from: .resources,
      where: ["has(\(ids.sorted()), resource_id)"])
    select.limitBy = (1, ["resource_id"])
    let rows = try self.rows(select)
    var resources: [UInt64: StoredResource] = [:]
    for row in 0..<rows.rowCount {
      resources[rows["resource_id"].unsigned(row) ?? 0] = StoredResource(
        attributes: rows.attributes(row),
        droppedAttributeCount: UInt32(truncatingIfNeeded: rows["dropped_attributes"].unsigned(row) ?? 0),
        schemaURL: rows["schema_url"].string(row) ?? "")
    }
    return resources
  }

  /// The scopes that the rows of a result point to with `scope_id`; without their names, which the rows hold.
  func scopes(of result: QueryResult) throws(QueryFailure) -> [UInt64: StoredScope] {
    let ids = Set((0..<result.rowCount).compactMap { result["scope_id"].unsigned($0) }.filter { $0 != 0 })
    guard !ids.isEmpty else { return [:] }
    var select = Select(
      ["scope_id", "attributes", "attribute_types", "dropped_attributes", "schema_url"], from: .scopes,
      where: ["has(\(ids.sorted()), scope_id)"])
    select.limitBy = (1, ["scope_id"])
    let rows = try self.rows(select)
    var scopes: [UInt64: StoredScope] = [:]
    for row in 0..<rows.rowCount {
      scopes[rows["scope_id"].unsigned(row) ?? 0] = StoredScope(
        attributes: rows.attributes(row),
        droppedAttributeCount: UInt32(truncatingIfNeeded: rows["dropped_attributes"].unsigned(row) ?? 0),
        schemaURL: rows["schema_url"].string(row) ?? "")
    }
    return scopes
  }
}
