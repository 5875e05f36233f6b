import Columns
import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The resources that the rows of a result point to with `resource_id`.
  func resources(of result: QueryResult) throws(QueryFailure) -> [UInt64: StoredResource] {
    let ids = Set((0..<result.rowCount).compactMap { result["resource_id"].unsigned($0) })
    var resources = references.resources(ids, of: tenant)
    let missing = ids.subtracting(resources.keys)
    guard !missing.isEmpty else { return resources }
    var select = Select(
      ["resource_id", "attributes", "attribute_types", "dropped_attributes", "schema_url"], from: .resources,
      where: ["has(\(missing.sorted()), resource_id)"])
    select.limitBy = (1, ["resource_id"])
    select.threadCount = 1
    select.isPlannedAsWritten = true
    let rows = try self.rows(select)
    var found: [UInt64: StoredResource] = [:]
    for row in 0..<rows.rowCount {
      found[rows["resource_id"].unsigned(row) ?? 0] = StoredResource(
        attributes: rows.attributes(row),
        droppedAttributeCount: UInt32(truncatingIfNeeded: rows["dropped_attributes"].unsigned(row) ?? 0),
        schemaURL: rows["schema_url"].string(row) ?? "")
    }
    references.insert(found, of: tenant)
    resources.merge(found) { _, new in new }
    return resources
  }

  /// The scopes that the rows of a result point to with `scope_id`; without their names, which the rows hold.
  func scopes(of result: QueryResult) throws(QueryFailure) -> [UInt64: StoredScope] {
    let ids = Set((0..<result.rowCount).compactMap { result["scope_id"].unsigned($0) }.filter { $0 != 0 })
    var scopes = references.scopes(ids, of: tenant)
    let missing = ids.subtracting(scopes.keys)
    guard !missing.isEmpty else { return scopes }
    var select = Select(
      ["scope_id", "attributes", "attribute_types", "dropped_attributes", "schema_url"], from: .scopes,
      where: ["has(\(missing.sorted()), scope_id)"])
    select.limitBy = (1, ["scope_id"])
    select.threadCount = 1
    select.isPlannedAsWritten = true
    let rows = try self.rows(select)
    var found: [UInt64: StoredScope] = [:]
    for row in 0..<rows.rowCount {
      found[rows["scope_id"].unsigned(row) ?? 0] = StoredScope(
        attributes: rows.attributes(row),
        droppedAttributeCount: UInt32(truncatingIfNeeded: rows["dropped_attributes"].unsigned(row) ?? 0),
        schemaURL: rows["schema_url"].string(row) ?? "")
    }
    references.insert(found, of: tenant)
    scopes.merge(found) { _, new in new }
    return scopes
  }
}
