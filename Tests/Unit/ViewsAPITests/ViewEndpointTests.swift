import API
import APITestSupport
import Base
import HTTPTypes
import Identity
import JSON
import RegistrySQLite
import TLS
import Testing

@testable import ViewsAPI

/// Goal: views are made, read, replaced and deleted as RFC 9110 has it, each tenant's apart.
///
/// Method: the endpoints over a registry in memory; every response is held against the OpenAPI document.
@Suite struct ViewEndpointTests {
  private let registry: SQLiteRegistry
  private let api: CheckedAPI
  private let other: TenantID

  init() throws {
    registry = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1))
    other = try registry.createTenant(name: "other", at: UnixNanoseconds(1)).id
    api = CheckedAPI(
      ViewEndpoints(documents: registry).endpoints,
      repeats: IdempotentRequests(store: registry, hash: { SHA256.digest($0) }),
      now: { UnixNanoseconds(1_795_248_000_000_000_000) })
  }

  private func send(
    _ method: HTTPMethod, _ path: String, _ body: String? = nil, fields: HTTPFields = [:],
    tenant: TenantID = .default, permissions: Set<Permission> = [.query, .edit]
  ) async throws -> (response: HTTPResponse, json: JSONValue) {
    let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
    var request = HTTPRequest(
      method: method, path: "/api/v1" + parts[0], query: parts.count > 1 ? parts[1] : "", fields: fields,
      body: Array((body ?? "").utf8))
    if body != nil, request.fields["content-type"] == nil { request.fields["content-type"] = "application/json" }
    let principal = Principal(tenant: tenant, permissions: permissions, keyID: "key-1")
    let response = try await api.handle(request, principal: principal)
    guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response, .null) }
    return (response, try JSONValue(parsing: bytes))
  }

  private static let errors = #"{"name":"Errors","list":"traces","parameters":{"status":"error","attr.a/b":"~"}}"#

  @Test func `a view comes back as it was saved`() async throws {
    let made = try await send(.post, "/views", Self.errors)
    #expect(made.response.status == 201)
    let id = try #require(made.json["data"]?["id"]?.string)
    #expect(made.response.fields["location"] == "/api/v1/views/\(id)")
    #expect(made.response.fields["etag"] == "\"1\"")
    let read = try await send(.get, "/views/\(id)")
    #expect(read.json == made.json)
    #expect(read.json["data"]?["parameters"]?["attr.a/b"]?.string == "~")
    #expect(read.json["data"]?["updated_by"]?.string == "key-1")
    let list = try await send(.get, "/views")
    #expect(list.json["data"]?.array?.count == 1)
    #expect(list.json["next_cursor"]?.isNull == true)
  }

  @Test func `a view that changed meanwhile is not overwritten`() async throws {
    let id = try #require(try await send(.post, "/views", Self.errors).json["data"]?["id"]?.string)
    let first = #"{"name":"Slow","list":"spans"}"#
    let second = #"{"name":"Slower","list":"spans"}"#
    let changed = try await send(.put, "/views/\(id)", first, fields: ["if-match": "\"1\""])
    #expect(changed.response.status == 200)
    let late = try await send(.put, "/views/\(id)", second, fields: ["if-match": "\"1\""])
    #expect(late.response.status == 412)
    #expect(late.json["code"]?.string == "precondition_failed")
    #expect(try await send(.delete, "/views/\(id)", fields: ["if-match": "\"1\""]).response.status == 412)
    #expect(try await send(.get, "/views/\(id)").json["data"]?["name"]?.string == "Slow")
    let tag = try #require(changed.response.fields["etag"])
    #expect(try await send(.delete, "/views/\(id)", fields: ["if-match": tag]).response.status == 204)
    #expect(try await send(.get, "/views/\(id)").response.status == 404)
    #expect(try await send(.delete, "/views/\(id)").response.status == 404)
  }

  @Test func `PUT makes a view once where none is expected`() async throws {
    let none: HTTPFields = ["if-none-match": "*"]
    #expect(try await send(.put, "/views/mine", Self.errors, fields: none).response.status == 200)
    #expect(try await send(.put, "/views/mine", Self.errors, fields: none).response.status == 412)
    #expect(try await send(.put, "/views/mine", Self.errors, fields: ["if-match": "*"]).response.status == 200)
    #expect(try await send(.put, "/views/yours", Self.errors, fields: ["if-match": "*"]).response.status == 412)
  }

  @Test func `a name is taken once in a tenant`() async throws {
    #expect(try await send(.post, "/views", Self.errors).response.status == 201)
    let again = try await send(.post, "/views", Self.errors)
    #expect(again.response.status == 409)
    #expect(again.json["code"]?.string == "conflict")
    #expect(try await send(.post, "/views", Self.errors, tenant: other).response.status == 201)
  }

  @Test func `a refusal speaks of views`() async throws {
    func detail(
      _ method: HTTPMethod, _ path: String, _ body: String?, _ fields: HTTPFields = [:]
    ) async throws -> String? {
      try await send(method, path, body, fields: fields).json["detail"]?.string
    }
    for _ in 1...2 { #expect(try await send(.put, "/views/mine", Self.errors).response.status == 200) }
    #expect(
      try await detail(.put, "/views/mine", Self.errors, ["if-none-match": "*"])
        == "There is already a saved view 'mine'.")
    #expect(try await detail(.post, "/views", Self.errors) == "There is already a saved view named 'Errors'.")
    for (method, body) in [(HTTPMethod.put, Self.errors), (.delete, nil)] {
      #expect(
        try await detail(method, "/views/mine", body, ["if-match": "\"1\""])
          == "It has changed since it was read: it is at revision 2 now, not 1. Read it again, then repeat the change.")
      for tag in ["*", "\"1\""] {
        #expect(try await detail(method, "/views/nope", body, ["if-match": tag]) == "There is no saved view 'nope'.")
      }
    }
    #expect(try await detail(.get, "/views/nope", nil) == "There is no saved view 'nope'.")
    let refused = try await send(.delete, "/views/mine", permissions: [.query])
    #expect(
      refused.json["detail"]?.string?.contains("`axonize keys create --permission query --permission edit`") == true)
  }

  @Test func `a request that comes again gets the first response`() async throws {
    let key: HTTPFields = ["idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"]
    let first = try await send(.post, "/views", Self.errors, fields: key)
    let second = try await send(.post, "/views", Self.errors, fields: key)
    #expect(second.response.status == 201)
    #expect(second.json == first.json)
    #expect(second.response.fields["location"] == first.response.fields["location"])
    #expect(try await send(.get, "/views").json["data"]?.array?.count == 1)
    let different = try await send(.post, "/views", #"{"name":"x","list":"logs"}"#, fields: key)
    #expect(different.response.status == 422)
    #expect(different.json["code"]?.string == "idempotency_key_reused")
    // Another tenant's keys are its own.
    #expect(try await send(.post, "/views", Self.errors, fields: key, tenant: other).response.status == 201)
  }

  @Test func `a change that comes again after the view was read again is made once`() async throws {
    func put(_ name: String, _ revision: Int) async throws -> (response: HTTPResponse, json: JSONValue) {
      try await send(
        .put, "/views/mine", #"{"name":"\#(name)","list":"spans"}"#,
        fields: ["idempotency-key": "k", "if-match": "\"\(revision)\""])
    }
    #expect(try await send(.put, "/views/mine", Self.errors).response.status == 200)
    // What a precondition refuses does not use up the key.
    #expect(try await put("Slow", 7).response.status == 412)
    let first = try await put("Slow", 1)
    #expect(first.response.status == 200)
    let again = try await put("Slow", 2)
    #expect(again.response.status == 200)
    #expect(again.json == first.json)
    #expect(again.json["data"]?["revision"]?.int == 2)
    #expect(try await send(.get, "/views/mine").json["data"]?["revision"]?.int == 2)
    #expect(try await put("Slower", 2).response.status == 422)
  }

  @Test(arguments: [
    ("", "body"), ("[]", "the body: expected an object"), (#"{"name":"a"}"#, "/list: is required"),
    (#"{"name":"","list":"traces"}"#, "/name: expected 1 to 100 characters"),
    (#"{"name":7,"list":"traces"}"#, "/name: expected a string"),
    (#"{"name":"a\nb","list":"traces"}"#, "/name: holds a control character"),
    (#"{"name":"a","list":"pods"}"#, "/list: expected one of traces, spans, sessions, users, logs"),
    (#"{"name":"a","list":"traces","x":1}"#, "/x: is not a member of this body"),
    (#"{"name":"a","name":"b","list":"traces"}"#, "/name: occurs twice"),
    (#"{"name":"a","list":"traces","parameters":{"a/b":1}}"#, "/parameters/a~1b: expected a string"),
    (#"{"name":"a","list":"traces""#, "not valid JSON"),
  ])
  func `a wrong body is refused with each mistake`(body: String, detail: String) async throws {
    let refused = try await send(.post, "/views", body)
    #expect(refused.response.status == 400)
    #expect(refused.json["code"]?.string == "invalid_body")
    #expect(refused.json["detail"]?.string?.contains(detail) == true, "\(refused.json)")
    #expect(try await send(.get, "/views").json["data"]?.array?.isEmpty == true)
  }

  @Test(
    arguments: [
      (["content-type": "text/plain"], 415), (["if-match": "1"], 400), (["idempotency-key": "é"], 400),
      (["if-match": "\"1\"", "if-none-match": "*"], 400), (["if-none-match": "\"1\""], 400),
      (["if-match": "\"-1\""], 400), (["if-match": "\"+1\""], 400),
    ] as [(HTTPFields, Int)])
  func `wrong fields are refused`(fields: HTTPFields, status: Int) async throws {
    #expect(try await send(.put, "/views/a", Self.errors, fields: fields).response.status == status)
    #expect(try await send(.get, "/views/a").response.status == 404)
  }

  @Test(arguments: [HTTPMethod.get, .put, .delete])
  func `an id that cannot be is refused`(method: HTTPMethod) async throws {
    for id in ["a.b", "é", "a%2Fb", String(repeating: "a", count: 65)] {
      let refused = try await send(method, "/views/\(id)", method == .put ? Self.errors : nil)
      #expect(refused.response.status == 400, "\(id)")
      #expect(refused.json["errors"]?[0]?["parameter"]?.string == "id")
    }
  }

  @Test func `a view of a later version is reported, and can be replaced and deleted`() async throws {
    #expect(try await send(.put, "/views/mine", Self.errors).response.status == 200)
    for id in ["later", "latest"] {
      let reference = DocumentReference(tenant: .default, kind: "saved_view", id: id)
      _ = try registry.put(
        reference, name: "Flames of \(id)", body: Array(#"{"list":"flames","parameters":{}}"#.utf8), expecting: .absent,
        at: UnixNanoseconds(1), by: nil)
    }
    let list = try await send(.get, "/views")
    #expect(list.json["data"]?.array?.compactMap { $0["id"]?.string } == ["mine"])
    let warnings = list.json["warnings"]?.array?.compactMap(\.string) ?? []
    #expect(warnings.count == 2)
    #expect(warnings.first?.contains("'later' ('Flames of later') cannot be read") == true)
    let read = try await send(.get, "/views/later")
    #expect(read.response.status == 501)
    #expect(read.json["code"]?.string == "object_unreadable")
    #expect(try await send(.put, "/views/later", #"{"name":"b","list":"logs"}"#).response.status == 200)
    #expect(try await send(.delete, "/views/latest").response.status == 204)
    #expect(try await send(.get, "/views").json["warnings"] == nil)
  }

  @Test func `the limit is said in the words of the API`() async throws {
    let countMax = DocumentLimits().documentCountMax
    for number in 0..<countMax {
      _ = try registry.put(
        DocumentReference(tenant: .default, kind: "saved_view", id: "v\(number)"), name: "\(number)",
        body: [0x7b, 0x7d], expecting: .absent, at: UnixNanoseconds(1), by: nil)
    }
    let refused = try await send(.post, "/views", Self.errors)
    #expect(refused.response.status == 422)
    #expect(
      refused.json["detail"]?.string == "There are \(countMax) saved views, which is the maximum. Delete some first.")
  }

  @Test func `pages lead through all views`() async throws {
    for number in 0..<7 {
      let body = #"{"name":"View \#(number)","list":"logs"}"#
      #expect(try await send(.put, "/views/v\(number)", body).response.status == 200)
    }
    var ids: [String] = []
    var cursor = ""
    repeat {
      let page = try await send(.get, "/views?limit=3\(cursor)").json
      ids += page["data"]?.array?.compactMap { $0["id"]?.string } ?? []
      cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    #expect(ids == (0..<7).map { "v\($0)" })
  }

  @Test func `a tenant sees and changes its own views only`() async throws {
    #expect(try await send(.put, "/views/mine", Self.errors).response.status == 200)
    #expect(try await send(.get, "/views", tenant: other).json["data"]?.array?.isEmpty == true)
    #expect(try await send(.get, "/views/mine", tenant: other).response.status == 404)
    #expect(try await send(.delete, "/views/mine", tenant: other).response.status == 404)
    #expect(try await send(.put, "/views/mine", #"{"name":"b","list":"logs"}"#, tenant: other).response.status == 200)
    #expect(try await send(.get, "/views/mine").json["data"]?["name"]?.string == "Errors")
  }

  /// What each endpoint needs; one without a line here fails the test.
  private static let needed: [String: Permission] = [
    "listViews": .query, "getView": .query, "createView": .edit, "replaceView": .edit, "deleteView": .edit,
  ]

  @Test func `the document has the preconditions of a change, and the fields of its response`() throws {
    let definitions = ViewEndpoints(documents: registry).endpoints.map(\.definition)
    let paths = OpenAPIDocument(version: "1", definitions: definitions).value["paths"]
    func headers(_ operation: JSONValue?) -> [String] {
      (operation?["parameters"]?.array ?? []).filter { $0["in"]?.string == "header" }.compactMap { $0["name"]?.string }
    }
    let view = try #require(paths?["/views/{id}"])
    #expect(headers(view["put"]) == ["Idempotency-Key", "If-Match", "If-None-Match"])
    #expect(headers(view["delete"]) == ["Idempotency-Key", "If-Match"])
    #expect(headers(view["get"]) == [])
    let create = try #require(paths?["/views"]?["post"])
    #expect(headers(create) == ["Idempotency-Key"])
    #expect(create["responses"]?["201"]?["headers"]?.members?.map(\.key) == ["ETag", "Location"])
    #expect(view["put"]?["responses"]?["200"]?["headers"]?.members?.map(\.key) == ["ETag"])
  }

  @Test func `each endpoint needs its permission`() async throws {
    for endpoint in ViewEndpoints(documents: registry).endpoints {
      let definition = endpoint.definition
      let permission = try #require(Self.needed[definition.name], "\(definition.name) is not in the table")
      let path =
        definition.path.dropFirst("/api/v1".count).split(separator: "{")[0]
        + (definition.path.hasSuffix("}") ? "a" : "")
      let body = definition.body == nil ? nil : Self.errors
      let others = Set(Permission.allCases).subtracting([permission])
      let refused = try await send(definition.method, String(path), body, permissions: others)
      #expect(refused.response.status == 403, "\(definition.name)")
      #expect(refused.json["detail"]?.string?.contains("--permission \(permission.rawValue)") == true)
      let allowed = try await send(definition.method, String(path), body, permissions: [permission])
      #expect(allowed.response.status != 403, "\(definition.name)")
    }
  }
}
