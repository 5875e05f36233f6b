import Base
package import Identity

/// What every implementation of ``Registry`` must do.
package enum RegistryConformance {
  package static let all: [ConformanceCase<any Registry>] = [
    ConformanceCase("a fresh registry has the default tenant and nothing else") { registry, _ in
      try expect(try registry.tenants().map(\.id) == [.default])
      try expect(try registry.tenants().map(\.name) == ["default"])
      try expect(try registry.keys().isEmpty)
      try registry.check()
    },
    ConformanceCase("tenants get ids of their own, and names are unique") { registry, other in
      let first = try registry.createTenant(name: "빨강 team", at: time(1))
      let second = try other.createTenant(name: "blue", at: time(2))
      try expect(Set([.default, first.id, second.id]).count == 3)
      try expect(try other.tenants().suffix(2) == [first, second])
      try expect(try kind { try registry.createTenant(name: "blue", at: time(3)) } == .conflict)
      for name in ["", " x", "a\nb", String(repeating: "x", count: 101)] {
        try expect(try kind { try registry.createTenant(name: name, at: time(3)) } == .invalid)
      }
      try expect(try registry.tenants().count == 3)
    },
    ConformanceCase("a key comes back whole, from every connection") { registry, other in
      let keys = [
        key(1, permissions: [.ingest]), key(2, permissions: [.query], expiresAt: time(50)),
        key(3, permissions: [.ingest, .query]), key(4, permissions: Set(Permission.allCases)),
        key(5, permissions: [.edit]),
      ]
      for key in keys { try registry.createKey(key) }
      try expect(try registry.keys() == keys)
      try expect(try other.keys() == keys)
      try expect(try kind { try other.createKey(key(1, permissions: [.query])) } == .conflict)
      try expect(try kind { try other.createKey(key(6, tenant: TenantID(77), permissions: [.query])) } == .notFound)
      try expect(try registry.keys() == keys)
    },
    ConformanceCase("a revoked key stays revoked at its first time") { registry, other in
      try registry.createKey(key(1, permissions: [.ingest]))
      try expect(try registry.revokeKey(key(1).id, at: time(10)).revokedAt == time(10))
      try expect(try other.revokeKey(key(1).id, at: time(20)).revokedAt == time(10))
      try expect(try other.keys().map(\.revokedAt) == [time(10)])
      try expect(try kind { try registry.revokeKey(key(2).id, at: time(10)) } == .notFound)
    },
    ConformanceCase("the last use only goes forward, and unknown keys are ignored") { registry, other in
      try registry.createKey(key(1, permissions: [.ingest]))
      try registry.recordUse(of: [key(1).id: time(10), key(9).id: time(10)])
      try other.recordUse(of: [key(1).id: time(5)])
      try expect(try registry.keys().map(\.lastUsedAt) == [time(10)])
      try registry.recordUse(of: [:])
    },
    ConformanceCase("the change token tells of changes of this connection and of others, and stays otherwise") {
      registry, other in
      var tokens = [try registry.changeToken()]
      try expect(try registry.changeToken() == tokens[0])
      try registry.createKey(key(1, permissions: [.ingest]))
      tokens.append(try registry.changeToken())
      try other.createKey(key(2, permissions: [.ingest]))
      tokens.append(try registry.changeToken())
      _ = try other.revokeKey(key(1).id, at: time(9))
      tokens.append(try registry.changeToken())
      try registry.setSetting("a", of: .default, to: "b", at: time(9))
      tokens.append(try registry.changeToken())
      _ = try registry.createTenant(name: "blue", at: time(9))
      tokens.append(try registry.changeToken())
      try expect(Set(tokens).count == tokens.count)
      try registry.recordUse(of: [key(2).id: time(10)])
      try other.check()
      try expect(try registry.changeToken() == tokens.last)
    },
    ConformanceCase("settings belong to a tenant and can be set anew and removed") { registry, other in
      let tenant = try registry.createTenant(name: "blue", at: time(1)).id
      try registry.setSetting("theme", of: .default, to: "dark", at: time(2))
      try registry.setSetting("theme", of: tenant, to: "", at: time(2))
      try expect(try other.setting("theme", of: .default) == "dark")
      try expect(try other.setting("theme", of: tenant) == "")
      try other.setSetting("theme", of: .default, to: "light", at: time(3))
      try expect(try registry.setting("theme", of: .default) == "light")
      try other.setSetting("theme", of: .default, to: nil, at: time(4))
      try expect(try registry.setting("theme", of: .default) == nil)
      try expect(try registry.setting("theme", of: tenant) == "")
      try expect(try kind { try registry.setSetting("x", of: TenantID(77), to: "y", at: time(1)) } == .notFound)
    },
  ]

  private static func key(
    _ number: UInt8, tenant: TenantID = .default, permissions: Set<Permission> = [.ingest],
    expiresAt: UnixNanoseconds? = nil
  ) -> APIKey {
    let token = APIKeyToken(randomBytes: [UInt8](repeating: number, count: APIKeyToken.randomByteCount))
    return APIKey(
      id: token.id, tenant: tenant, name: "key \(number)", permissions: permissions,
      hash: [UInt8](repeating: number, count: 32), createdAt: time(Int64(number)), expiresAt: expiresAt)
  }
}
