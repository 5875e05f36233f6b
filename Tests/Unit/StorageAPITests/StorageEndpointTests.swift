import API
import APITestSupport
import Base
import Columns
import Engine
import HTTPTypes
import Identity
import JSON
import Schema
import StorageQueries
import Testing

@testable import StorageAPI

/// Goal: the operator sees what is kept, and nobody else does.
///
/// Method: the endpoint over an engine that has fixed rows; responses are held against the OpenAPI document.
@Suite struct StorageEndpointTests {
  private struct FixedEngine: AnalyticsEngine {
    func execute(_ statement: SQLStatement) throws(EngineError) {}

    func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
      func numbers(_ name: String, _ value: Int64) -> ResultColumn { ResultColumn(name: name, values: .ints([value])) }
      return QueryResult(
        columns: [
          ResultColumn(name: "table", values: .bytes(offsets: [0, 4], data: Array("cats".utf8))),
          numbers("row_count", 4),
          numbers("byte_count", 10),
          numbers("first_end", 1_795_248_000 + 86_400), numbers("last_end", 1_795_248_000 + 2 * 86_400),
          numbers("first_part_end", 0),
        ], rowCount: 1)
    }
  }

  private static func table(_ name: String) -> StoredTable {
    StoredTable(
      name, .sums(of: RollUpSource("cats")),
      retention: .init(RetentionPeriod("cats", default: .seconds(86_400)), by: "time"),
      [DerivedColumn("tenant", "A test's.")])
  }

  private static func get(
    _ tenant: TenantID, _ permissions: Set<Permission>
  ) async throws -> (status: Int, json: JSONValue) {
    let reader = StorageReader(
      engine: FixedEngine(), schema: StoreSchema(tables: [table("cats"), table("dogs")], steps: []),
      retention: RetentionPolicy())
    let api = CheckedAPI(StorageEndpoints(reader: reader).endpoints, now: { UnixNanoseconds(1) })
    let response = try await api.handle(
      HTTPRequest(method: .get, path: "/api/v1/storage", query: "", fields: [:], body: []),
      principal: Principal(tenant: tenant, permissions: permissions, keyID: "key-1"))
    guard case .bytes(let bytes) = response.body else { return (response.status, .null) }
    return (response.status, try JSONValue(parsing: bytes))
  }

  @Test func `tables are listed with what they hold; an empty one has no days`() async throws {
    let (status, json) = try await Self.get(.default, [.query])
    #expect(status == 200)
    let wanted = try JSONValue(
      parsing: Array(
        #"""
        {"data":[{"table":"cats","rows":4,"bytes":10,"bytes_per_row":2.5,"oldest_day":"2026-11-21",
        "newest_day":"2026-11-22","retention_seconds":86400,"next_deletion_at":"2026-11-22T08:00:00Z"},
        {"table":"dogs","rows":0,"bytes":0,"bytes_per_row":null,"oldest_day":null,"newest_day":null,
        "retention_seconds":86400,"next_deletion_at":null}]}
        """#.utf8))
    #expect(json == wanted)
  }

  @Test func `only keys of the first tenant that may query see it`() async throws {
    let other = try await Self.get(TenantID(2), [.query])
    #expect(other.status == 403)
    #expect(other.json["detail"]?.string?.contains("first tenant") == true)
    #expect(try await Self.get(.default, [.ingest, .edit]).status == 403)
  }
}
