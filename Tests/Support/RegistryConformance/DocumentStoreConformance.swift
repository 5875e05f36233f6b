import Base
package import Identity

/// What every implementation of ``DocumentStore`` must do.
///
/// The stores are opened with ``limits``.
package enum DocumentStoreConformance {
  package typealias Port = Registry & DocumentStore

  /// Small, so that the bounds are met soon.
  package static let limits = {
    var limits = DocumentLimits()
    limits.documentCountMax = 3
    limits.bodyBytesMax = 100
    return limits
  }()

  package static let all: [ConformanceCase<any Port>] = [
    ConformanceCase("a document comes back whole, from every connection, byte for byte") { store, other in
      try expect(try store.document(view("a")) == nil)
      for (index, body) in ["{ }\n", #"{"b":1,"a":1.0}"#, "\"é\u{0}\""].enumerated() {
        let reference = view("Az09_-\(index)")
        let made = try store.put(
          reference, name: "빨강 \(index)", body: Array(body.utf8), expecting: .absent, at: time(5), by: "key")
        let expected = Document(
          reference: reference, name: "빨강 \(index)", revision: 1, body: Array(body.utf8), createdAt: time(5),
          updatedAt: time(5), updatedBy: "key")
        try expect(made == expected)
        try expect(try other.document(reference) == expected)
      }
    },
    ConformanceCase("each change raises the revision, and keeps when the document was made") { store, other in
      try expect(try put(store, "a", body: "1", second: 1).revision == 1)
      try expect(try put(other, "a", body: "2", second: 2, by: "key").revision == 2)
      let last = try put(store, "a", name: "named", body: "2", second: 3)
      try expect(last.revision == 3 && last.createdAt == time(1) && last.updatedAt == time(3))
      try expect(last.updatedBy == nil && last.name == "named")
      try expect(try other.document(view("a")) == last)
    },
    ConformanceCase("a document that is made anew has a revision it never had") { store, other in
      for _ in 0..<3 { _ = try put(store, "a") }
      _ = try put(store, "b")
      try store.delete(view("a"), expecting: .any)
      try store.delete(view("b"), expecting: .any)
      try expect(try other.document(view("a")) == nil)
      let made = try put(other, "a", expecting: .absent, second: 9)
      try expect(made.revision > 3 && made.createdAt == time(9))
      try expect(try failure { try put(other, "a", expecting: .revision(3)) }?.currentRevision == made.revision)
    },
    ConformanceCase("what is expected decides whether a document changes", connections: expectations),
    ConformanceCase("of changes of the same revision at the same time exactly one wins", connections: onlyOneWins),
    ConformanceCase("names are unique within a tenant and a kind, and free again after a change") { store, other in
      let tenant = try store.createTenant(name: "blue", at: time(1)).id
      _ = try put(store, "a", name: "one")
      let error = try failure { try put(other, "b", name: "one") }
      try expect(error?.kind == .conflict && error?.field == .name && error?.message.contains("'one'") == true)
      try expect(try other.document(view("b")) == nil)
      _ = try put(other, "b", name: "One")
      try expect(try kind { try put(other, "b", name: "one") } == .conflict)
      try expect(try put(store, "a", name: "one").revision == 2)
      _ = try put(store, "a", name: "one", kind: "alert_rule")
      _ = try put(store, "a", name: "one", tenant: tenant)
      _ = try put(store, "a", name: "two")
      _ = try put(other, "b", name: "one")
      try store.delete(view("b"), expecting: .any)
      _ = try put(store, "a", name: "one")
      // Documents without a name do not share one.
      _ = try put(store, "c")
      _ = try put(store, "d")
    },
    ConformanceCase("tenants and kinds do not see each other's documents") { store, other in
      let tenant = try store.createTenant(name: "blue", at: time(1)).id
      _ = try put(store, "a", body: "1")
      _ = try put(store, "a", body: "2", tenant: tenant)
      _ = try put(store, "a", body: "3", kind: "alert_rule")
      try other.delete(view("a", tenant), expecting: .any)
      try expect(try kind { try other.delete(view("a", tenant), expecting: .any) } == .notFound)
      try expect(try other.document(view("a"))?.body == Array("1".utf8))
      try expect(try other.documents(of: "saved_view", tenant: tenant, after: nil, limit: 100).isEmpty)
      try expect(try other.documents(of: "saved_view", tenant: .default, after: nil, limit: 100).count == 1)
      try expect(try other.documents(of: "alert_rule", tenant: .default, after: nil, limit: 100).count == 1)
      try expect(try kind { try put(store, "a", tenant: TenantID(77)) } == .notFound)
      try expect(try store.document(view("a", TenantID(77))) == nil)
    },
    ConformanceCase("pages go on after an id, in the order of bytes") { store, other in
      for id in ["a", "-", "B"] { _ = try put(store, id) }
      func ids(_ after: String?, _ limit: Int) throws -> [String] {
        try other.documents(of: "saved_view", tenant: .default, after: after, limit: limit).map(\.reference.id)
      }
      try expect(try ids(nil, 100) == ["-", "B", "a"])
      try expect(try ids(nil, 2) == ["-", "B"])
      try expect(try ids("B", 2) == ["a"])
      try expect(try ids("a", 2) == [])
      try store.delete(view("B"), expecting: .any)
      try expect(try ids("B", 2) == ["a"])
      let whole = try other.documents(of: "saved_view", tenant: .default, after: "B", limit: 1)
      try expect(try whole == [store.document(view("a"))])
      for limit in [0, -1, 101] { try expect(try kind { try ids(nil, limit) } == .invalid) }
    },
    ConformanceCase("documents of a tenant and kind are bounded, and deleting one makes room") { store, other in
      for id in ["a", "b", "c"] { _ = try put(store, id) }
      try expect(try kind { try put(other, "d") } == .limit)
      try expect(try kind { try put(other, "d", expecting: .revision(1)) } == .revisionMismatch)
      _ = try put(other, "c")
      _ = try put(other, "d", kind: "alert_rule")
      try store.delete(view("a"), expecting: .any)
      _ = try put(other, "d")
    },
    ConformanceCase("kinds, ids, names and bodies that break a rule are refused") { store, _ in
      let long = String(repeating: "a", count: 65)
      for kind in ["", "_", "a_", "_a", "a__b", "A", "a1", "a-b", "é", long] {
        try expect(try failure { try put(store, "a", kind: kind) }?.field == .kind)
        let listed = try failure { try store.documents(of: kind, tenant: .default, after: nil, limit: 1) }
        try expect(listed?.kind == .invalid && listed?.field == .kind)
      }
      for id in ["", "a b", "a/b", "é", "a.b", long] {
        try expect(try failure { try put(store, id) }?.field == .id)
        try expect(try failure { try store.document(view(id)) }?.kind == .invalid)
        try expect(try failure { try store.delete(view(id), expecting: .any) }?.field == .id)
      }
      for name in ["", " a", "a\n", String(repeating: "a", count: 101)] {
        try expect(try failure { try put(store, "a", name: name) }?.field == .name)
      }
      for body in ["", String(repeating: "1", count: 101)] {
        try expect(try failure { try put(store, "a", body: body) }?.field == .body)
      }
      _ = try put(
        store, String(repeating: "a", count: 64), body: String(repeating: "1", count: 100),
        kind: String(repeating: "a", count: 64))
      try expect(try store.document(view("a")) == nil)
    },
    ConformanceCase("the change token tells of changes of documents, not of what was refused") { store, other in
      var tokens = [try store.changeToken()]
      _ = try put(other, "a")
      tokens.append(try store.changeToken())
      _ = try put(store, "a")
      tokens.append(try store.changeToken())
      try expect(try kind { try put(store, "a", expecting: .absent) } == .conflict)
      try expect(try store.changeToken() == tokens.last)
      try other.delete(view("a"), expecting: .any)
      tokens.append(try store.changeToken())
      try expect(Set(tokens).count == tokens.count)
    },
  ]

  @Sendable private static func expectations(_ connections: Connections<any Port>) async throws {
    typealias Row = (
      isThere: Bool, expectation: DocumentExpectation, put: RegistryError.Kind?, delete: RegistryError.Kind?
    )
    let rows: [Row] = [
      (false, .any, nil, .notFound), (false, .absent, nil, .notFound),
      (false, .revision(1), .revisionMismatch, .notFound), (true, .any, nil, nil),
      (true, .absent, .conflict, .conflict), (true, .revision(2), nil, nil),
      (true, .revision(1), .revisionMismatch, .revisionMismatch),
      (true, .revision(3), .revisionMismatch, .revisionMismatch),
    ]
    let (store, other) = (connections.first, connections.second)
    for (index, row) in rows.enumerated() {
      // Kinds of their own, so that documents that are there are at revision 2.
      let letters = String(repeating: "a", count: index + 1)
      let (puts, deletions) = (view("a", kind: "puts_\(letters)"), view("a", kind: "deletions_\(letters)"))
      for kind in row.isThere ? [puts.kind, puts.kind, deletions.kind, deletions.kind] : [] {
        _ = try put(store, "a", kind: kind)
      }
      let before = try store.document(puts)
      let putting = try failure { try put(other, "a", body: "2", kind: puts.kind, expecting: row.expectation) }
      try expect(putting?.kind == row.put && putting?.field == (row.put == .conflict ? .id : nil))
      if let putting { try expect(putting.currentRevision == before?.revision) }
      try expect((try store.document(puts) == before) == (row.put != nil))
      let deleting = try failure { try other.delete(deletions, expecting: row.expectation) }
      try expect(deleting?.kind == row.delete)
      if let deleting { try expect(deleting.currentRevision == before?.revision) }
      try expect((try store.document(deletions) == nil) == (!row.isThere || row.delete == nil))
    }
  }

  @Sendable private static func onlyOneWins(_ connections: Connections<any Port>) async throws {
    _ = try put(connections.first, "a")
    for revision in 1...Int64(50) {
      let kinds = try await connections.together { store in
        try kind { try put(store, "a", expecting: .revision(revision)) }
      }
      try expect(Set(kinds) == [nil, .revisionMismatch])
      try expect(try connections.first.document(view("a"))?.revision == revision + 1)
    }
  }

  private static func view(_ id: String, _ tenant: TenantID = .default, kind: String = "saved_view")
    -> DocumentReference
  { DocumentReference(tenant: tenant, kind: kind, id: id) }

  private static func put(
    _ store: any Port, _ id: String, name: String? = nil, body: String = "{}", tenant: TenantID = .default,
    kind: String = "saved_view", expecting expectation: DocumentExpectation = .any, second: Int64 = 1,
    by keyID: String? = nil
  ) throws -> Document {
    try store.put(
      view(id, tenant, kind: kind), name: name, body: Array(body.utf8), expecting: expectation, at: time(second),
      by: keyID)
  }
}
