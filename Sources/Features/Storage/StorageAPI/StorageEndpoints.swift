package import API
import Base
import Engine
import HTTPTypes
import Identity
package import StorageQueries

/// `/api/v1/storage`: what the server keeps.
///
/// The numbers are of all tenants together, so they are shown to the first tenant alone, whose keys are those of the
/// operator.
package struct StorageEndpoints: Sendable {
  private let reader: StorageReader

  package init(reader: StorageReader) { self.reader = reader }

  private static let list = JSONResponse(
    "StoredTableList",
    JSONShape<[KeptTable]>.object { response in
      response.member("data", .list(KeptTable.shape)) { $0 }
    })

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/storage", name: "listStoredTables",
          summary: "What is kept: every table with its rows, bytes, days and retention. For the first tenant.",
          tag: "storage", response: Self.list.definition)
      ) { [reader] call in
        guard call.principal.tenant == .default else {
          throw Problem(
            .forbidden,
            "What the server keeps is of all tenants together, so only keys of the first tenant, 'default', may read it."
          )
        }
        do throws(EngineError) {
          return Self.list(try reader.tables(during: call.activity))
        } catch {
          throw Problem(QueryFailure(error))
        }
      }
    ]
  }
}

extension KeptTable {
  static let shape = JSONShape<KeptTable>.object { table in
    table.member("table", .string) { $0.name }
    table.member("rows", .exactInteger) { $0.rowCount }
    table.member("bytes", .exactInteger.described("On the disk, compressed.")) { $0.byteCount }
    table.member("bytes_per_row", .orNull(.number).described("Null for an empty table.")) { $0.bytesPerRow }
    table.member("oldest_day", .orNull(day).described("The UTC day of the oldest row; null where it is not known.")) {
      $0.oldest
    }
    table.member("newest_day", .orNull(day).described("The UTC day of the newest row; null where it is not known.")) {
      $0.newest
    }
    table.member("retention_seconds", .orNull(.exactInteger).described("Null where rows are kept for ever.")) {
      $0.retention?.components.seconds
    }
    table.member(
      "next_deletion_at", .orNull(.dateTime).described("When rows become old enough to be removed; null where none do.")
    ) { $0.nextDeletion }
  }
  .named("StoredTable")

  private static let day = JSONShape<String>.string.of { (time: UnixNanoseconds) in
    String(RFC3339.format(time).prefix(10))
  }
}
