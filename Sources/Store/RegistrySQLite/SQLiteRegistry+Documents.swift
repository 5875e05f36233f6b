package import Base
package import Identity
import SQLite

extension SQLiteRegistry: DocumentStore {
  private static let documentColumns = "id, name, revision, body, created_at, updated_at, updated_by"

  package func documents(
    of kind: String, tenant: TenantID, after id: String?, limit: Int
  ) throws(RegistryError) -> [Document] {
    try DocumentRules.check(kind: kind)
    guard (1...DocumentLimits.pageCountMax).contains(limit) else {
      throw RegistryError(
        kind: .invalid, message: "A page has 1 to \(DocumentLimits.pageCountMax) documents, not \(limit).")
    }
    return try read { database in
      // Every id is after the empty text.
      try database.rows(
        """
        SELECT \(Self.documentColumns) FROM documents WHERE tenant = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?
        """, [.tenant(tenant), .text(kind), .text(id ?? ""), .integer(Int64(limit))]
      ) { (row) throws(SQLiteError) in Self.document(row, tenant, kind) }
    }
  }

  package func document(_ reference: DocumentReference) throws(RegistryError) -> Document? {
    try DocumentRules.check(reference)
    return try read { database in try Self.document(reference, database) }
  }

  package func put(
    _ reference: DocumentReference, name: String?, body: [UInt8], expecting expectation: DocumentExpectation,
    at time: UnixNanoseconds, by keyID: String?, completing completion: IdempotentCompletion<Document>?
  ) throws(RegistryError) -> Document {
    try DocumentRules.check(reference)
    if let name { try DocumentRules.check(name: name) }
    try DocumentRules.check(body: body, documentLimits)
    return try change { database in
      try Self.requireTenant(reference.tenant, database)
      let current = try Self.document(reference, database)
      try expectation.check(current?.revision, reference)
      if let name { try Self.requireFree(name, for: reference, database) }
      let revision: Int64
      if let current {
        revision = current.revision + 1
      } else {
        try requireRoom(for: reference, database)
        revision = try Self.lastDeletedRevision(reference, database) + 1
      }
      let document = Document(
        reference: reference, name: name, revision: revision, body: body, createdAt: current?.createdAt ?? time,
        updatedAt: time, updatedBy: keyID)
      try database.run(
        """
        INSERT INTO documents (tenant, kind, \(Self.documentColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant, kind, id) DO UPDATE SET
          name = excluded.name, revision = excluded.revision, body = excluded.body, updated_at = excluded.updated_at,
          updated_by = excluded.updated_by
        """,
        [
          .tenant(reference.tenant), .text(reference.kind), .text(reference.id), SQLiteValue(name), .integer(revision),
          .blob(body), .integer(document.createdAt.rawValue), .integer(time.rawValue), SQLiteValue(keyID),
        ])
      try complete(completion, of: document, database)
      return document
    }
  }

  package func delete(
    _ reference: DocumentReference, expecting expectation: DocumentExpectation,
    completing completion: IdempotentCompletion<Void>?
  ) throws(RegistryError) {
    try DocumentRules.check(reference)
    try change { database in
      guard let current = try Self.document(reference, database) else {
        throw RegistryError(
          kind: .notFound, message: "There is no document '\(reference.id)' of the kind \(reference.kind).")
      }
      try expectation.check(current.revision, reference)
      let place: [SQLiteValue] = [.tenant(reference.tenant), .text(reference.kind)]
      try database.run("DELETE FROM documents WHERE tenant = ? AND kind = ? AND id = ?", place + [.text(reference.id)])
      try database.run(
        """
        INSERT INTO document_revisions (tenant, kind, last_deleted) VALUES (?, ?, ?)
        ON CONFLICT (tenant, kind) DO UPDATE SET last_deleted = max(last_deleted, excluded.last_deleted)
        """, place + [.integer(current.revision)])
      try complete(completion, of: (), database)
    }
  }
}

// MARK: - Rows

extension SQLiteRegistry {
  private static func document(
    _ reference: DocumentReference, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> Document? {
    try database.rows(
      "SELECT \(documentColumns) FROM documents WHERE tenant = ? AND kind = ? AND id = ?",
      [.tenant(reference.tenant), .text(reference.kind), .text(reference.id)]
    ) { (row) throws(SQLiteError) in document(row, reference.tenant, reference.kind) }.first
  }

  /// A row of ``documentColumns``.
  private static func document(_ row: borrowing SQLiteStatement, _ tenant: TenantID, _ kind: String) -> Document {
    Document(
      reference: DocumentReference(tenant: tenant, kind: kind, id: row.text(0) ?? ""), name: row.text(1),
      revision: row.integer(2), body: row.bytes(3) ?? [], createdAt: UnixNanoseconds(row.integer(4)),
      updatedAt: UnixNanoseconds(row.integer(5)), updatedBy: row.text(6))
  }

  private static func requireFree(
    _ name: String, for reference: DocumentReference, _ database: borrowing SQLiteDatabase
  ) throws {
    let isTaken = try database.exists(
      "SELECT 1 FROM documents WHERE tenant = ? AND kind = ? AND name = ? AND id <> ?",
      [.tenant(reference.tenant), .text(reference.kind), .text(name), .text(reference.id)])
    guard isTaken else { return }
    throw RegistryError(
      kind: .conflict, message: "There is already a document named '\(name)' of the kind \(reference.kind).",
      field: .name)
  }

  private func requireRoom(for reference: DocumentReference, _ database: borrowing SQLiteDatabase) throws {
    let count = try database.rows(
      "SELECT count(*) FROM documents WHERE tenant = ? AND kind = ?",
      [.tenant(reference.tenant), .text(reference.kind)]
    ) { (row) throws(SQLiteError) in row.integer(0) }[0]
    guard count < documentLimits.documentCountMax else {
      throw RegistryError(
        kind: .limit,
        message: "There are \(count) documents of the kind \(reference.kind), which is the maximum. Delete some first.",
        countMax: documentLimits.documentCountMax)
    }
  }

  /// The greatest revision of a deleted document of the kind: one created again continues from there.
  private static func lastDeletedRevision(
    _ reference: DocumentReference, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> Int64 {
    try database.rows(
      "SELECT last_deleted FROM document_revisions WHERE tenant = ? AND kind = ?",
      [.tenant(reference.tenant), .text(reference.kind)]
    ) { (row) throws(SQLiteError) in row.integer(0) }.first ?? 0
  }
}

extension DocumentExpectation {
  /// Throws when a document does not have the revision that is expected; nil for no document.
  fileprivate func check(_ current: Int64?, _ reference: DocumentReference) throws(RegistryError) {
    switch self {
    case .any: return
    case .absent:
      guard current != nil else { return }
      throw RegistryError(
        kind: .conflict, message: "There is already a document '\(reference.id)' of the kind \(reference.kind).",
        field: .id, currentRevision: current)
    case .revision(let expected):
      guard current != expected else { return }
      let found = current.map { "It is at revision \($0)" } ?? "There is no such document"
      throw RegistryError(
        kind: .revisionMismatch,
        message: "The document '\(reference.id)' of the kind \(reference.kind) is not at revision \(expected). "
          + "\(found); read it again.",
        currentRevision: current)
    }
  }
}
