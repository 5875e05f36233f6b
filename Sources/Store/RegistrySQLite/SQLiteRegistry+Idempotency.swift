package import Base
package import Identity
import SQLite

/// Only one server works on a data directory at a time, so a record of another process than this is one of a process
/// that has ended.
extension SQLiteRegistry: IdempotencyStore {
  package func begin(
    _ request: IdempotentRequest, fingerprint: [UInt8], at time: UnixNanoseconds
  ) throws(RegistryError) -> IdempotencyState {
    try IdempotencyLimits.check(key: request.key)
    guard fingerprint.count == IdempotencyLimits.fingerprintBytes else {
      throw RegistryError(kind: .invalid, message: "A fingerprint of \(fingerprint.count) bytes is not one of SHA-256.")
    }
    return try write { database in
      try Self.requireTenant(request.tenant, database)
      try Self.deleteExpired(at: time, database)
      if let record = try record(request, database), record.state != .new {
        return record.fingerprint == fingerprint ? record.state : .mismatch
      }
      try makeRoom(for: request, database)
      try database.run(
        """
        INSERT OR REPLACE INTO idempotency_records (tenant, key, fingerprint, process, begun_at) VALUES (?, ?, ?, ?, ?)
        """,
        [
          .tenant(request.tenant), .text(request.key), .blob(fingerprint), .integer(process),
          .integer(time.rawValue),
        ])
      return .new
    }
  }

  package func complete(
    _ request: IdempotentRequest, _ response: StoredResponse, at time: UnixNanoseconds
  ) throws(RegistryError) {
    try write { database in try complete(request, response, at: time, database) }
  }

  package func abandon(_ request: IdempotentRequest) throws(RegistryError) {
    try write { database in
      _ = try database.run(
        "DELETE FROM idempotency_records WHERE tenant = ? AND key = ? AND process = ? AND completed_at IS NULL",
        [.tenant(request.tenant), .text(request.key), .integer(process)])
    }
  }
}

// MARK: - Rows

extension SQLiteRegistry {
  /// Completes the request of a change within its transaction, if it has one.
  func complete<Change>(
    _ completion: IdempotentCompletion<Change>?, of change: Change, _ database: borrowing SQLiteDatabase
  ) throws {
    guard let completion else { return }
    try complete(completion.request, completion.response(change), at: completion.time, database)
  }

  private func complete(
    _ request: IdempotentRequest, _ response: StoredResponse, at time: UnixNanoseconds,
    _ database: borrowing SQLiteDatabase
  ) throws {
    let fields = try ResponseFieldText.write(response.fields)
    let body = response.body.flatMap { $0.count <= idempotencyLimits.bodyBytesMax ? $0 : nil }
    try database.run(
      """
      UPDATE idempotency_records SET completed_at = ?, status = ?, fields = ?, body = ?
      WHERE tenant = ? AND key = ? AND process = ? AND completed_at IS NULL
      """,
      [
        .integer(time.rawValue), .integer(Int64(response.status)), .text(fields), body.map { .blob($0) } ?? .null,
        .tenant(request.tenant), .text(request.key), .integer(process),
      ])
  }

  /// What the record of a request says, `new` for one whose process has ended; nil when there is none.
  private func record(
    _ request: IdempotentRequest, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> (fingerprint: [UInt8], state: IdempotencyState)? {
    try database.rows(
      """
      SELECT fingerprint, process, completed_at, status, fields, body FROM idempotency_records
      WHERE tenant = ? AND key = ?
      """, [.tenant(request.tenant), .text(request.key)]
    ) { (row) throws(SQLiteError) -> (fingerprint: [UInt8], state: IdempotencyState) in
      let fingerprint = row.bytes(0) ?? []
      guard !row.isNull(2) else { return (fingerprint, row.integer(1) == process ? .inProgress : .new) }
      let response = StoredResponse(
        status: Int(row.integer(3)), fields: ResponseFieldText.read(row.text(4) ?? ""), body: row.bytes(5))
      return (fingerprint, .completed(response))
    }.first
  }

  /// Removes the records that no longer count.
  ///
  /// One of a clock that was set back since would count for too long.
  private static func deleteExpired(at time: UnixNanoseconds, _ database: borrowing SQLiteDatabase) throws(SQLiteError)
  {
    let age = IdempotencyLimits.recordAgeMax
    try database.run(
      "DELETE FROM idempotency_records WHERE begun_at <= ? OR begun_at > ?",
      [.integer(time.adding(.zero - age).rawValue), .integer(time.adding(age).rawValue)])
  }

  /// Makes room for one more record of a tenant; throws when all that there are count and are in progress.
  private func makeRoom(for request: IdempotentRequest, _ database: borrowing SQLiteDatabase) throws {
    let count = try database.rows(
      "SELECT count(*) FROM idempotency_records WHERE tenant = ? AND key <> ?",
      [.tenant(request.tenant), .text(request.key)]
    ) { (row) throws(SQLiteError) in row.integer(0) }[0]
    let excess = count - Int64(idempotencyLimits.recordCountMax) + 1
    guard excess > 0 else { return }
    let removed = try database.run(
      """
      DELETE FROM idempotency_records WHERE rowid IN (
        SELECT rowid FROM idempotency_records
        WHERE tenant = ? AND key <> ? AND (completed_at IS NOT NULL OR process <> ?) ORDER BY begun_at, rowid LIMIT ?
      )
      """, [.tenant(request.tenant), .text(request.key), .integer(process), .integer(excess)])
    guard removed >= excess else {
      throw RegistryError(
        kind: .limit,
        message: "\(count) requests with idempotency keys are in progress, which is the maximum; try again later.")
    }
  }
}

/// How the fields of a response are written in the registry: a line `name:value` each.
enum ResponseFieldText {
  static func write(_ fields: [StoredResponse.Field]) throws(RegistryError) -> String {
    let text = fields.map { "\($0.name):\($0.value)\n" }.joined()
    let isClean = fields.allSatisfy { field in
      !field.name.isEmpty && !field.name.utf8.contains(UInt8(ascii: ":"))
        && !(field.name + field.value).utf8.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    }
    guard isClean, text.utf8.count <= IdempotencyLimits.fieldBytesMax else {
      throw RegistryError(
        kind: .invalid,
        message: "The fields of a response to keep need names without a colon, values of one line, and at most "
          + "\(IdempotencyLimits.fieldBytesMax) bytes in all.")
    }
    return text
  }

  static func read(_ text: String) -> [StoredResponse.Field] {
    // Bytes, since a value may begin with a character that Unicode combines with the colon.
    text.utf8.split(separator: UInt8(ascii: "\n")).map { line in
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      return StoredResponse.Field(String(Substring(name)), String(Substring(line.dropFirst(name.count + 1))))
    }
  }
}
