package import API
import Base
import HTTPTypes
package import Identity
import JSON

/// Saved views below `/api/v1/views`: made, read, replaced and deleted. docs/api.md is their reference.
package struct ViewEndpoints: Sendable {
  private let documents: any DocumentStore
  /// Makes ids that nobody else makes.
  private let makeID: @Sendable () -> String

  /// - Parameter makeID: a random id by default, 16 hexadecimal digits.
  package init(
    documents: any DocumentStore,
    makeID: @escaping @Sendable () -> String = { Hex.encode(UInt64.random(in: 0 ... .max)) }
  ) {
    self.documents = documents
    self.makeID = makeID
  }

  package static let schemas: [OpenAPIDocument.NamedSchema] = [
    ("SavedViewList", Schema.page(Schema.reference("SavedView"))),
    ("SavedViewResponse", Schema.data(Schema.reference("SavedView"))), ("SavedView", SavedView.schema),
  ]

  private static let id = Parameter<String?>(
    "id", "The view's id: 1 to \(DocumentLimits.idCharactersMax) characters of A to Z, a to z, 0 to 9, _ and -.",
    schema: Schema.json([
      ("type", .string("string")), ("pattern", .string("^[A-Za-z0-9_-]{1,\(DocumentLimits.idCharactersMax)}$")),
    ])
  ) { text, _ throws(ParameterMistake) in
    do throws(RegistryError) {
      try DocumentRules.check(id: text)
    } catch {
      throw ParameterMistake(
        "expected 1 to \(DocumentLimits.idCharactersMax) characters of A to Z, a to z, 0 to 9, _ and -")
    }
    return text
  }
  .required()
  private static let limit = Parameter.limit(default: 50, max: DocumentLimits.pageCountMax)
  private static let limitReached: [ProblemCode] = [.limitReached]

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/views", name: "listViews", summary: "Saved views by id, in pages.", tag: "views",
          parameters: [Self.limit.definition, Parameter.cursor.definition],
          response: ResponseDefinition("SavedViewList")),
        list),
      Endpoint(
        EndpointDefinition(
          .post, "/api/v1/views", name: "createView", summary: "Saves a view.", tag: "views", permission: .edit,
          body: ViewBody.definition, response: ResponseDefinition("SavedViewResponse", status: 201, hasRevision: true),
          problems: Self.limitReached), create),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/views/{id}", name: "getView", summary: "A saved view.", tag: "views",
          pathParameters: [Self.id.definition], response: ResponseDefinition("SavedViewResponse", hasRevision: true),
          problems: [.notFound]), get),
      Endpoint(
        EndpointDefinition(
          .put, "/api/v1/views/{id}", name: "replaceView",
          summary: "Replaces a view, or makes it with an id of the client's choice.", tag: "views", permission: .edit,
          pathParameters: [Self.id.definition], body: ViewBody.definition,
          response: ResponseDefinition("SavedViewResponse", hasRevision: true),
          problems: [.preconditionFailed] + Self.limitReached), replace),
      Endpoint(
        EndpointDefinition(
          .delete, "/api/v1/views/{id}", name: "deleteView", summary: "Deletes a view.", tag: "views",
          permission: .edit, pathParameters: [Self.id.definition], response: ResponseDefinition(nil, status: 204),
          problems: [.notFound, .preconditionFailed]), delete),
    ]
  }

  // MARK: - Work

  private func list(_ call: Call<Void>) throws -> HTTPResponse {
    let limit = call[Self.limit]
    let cursor = try call.cursor()
    let found = try documents.documents(
      of: SavedView.kind, tenant: call.principal.tenant, after: cursor?.name, limit: limit)
    let next = found.count == limit ? found.last.map { Cursor(name: $0.reference.id, key: 0) } : nil
    return call.page(found.compactMap { SavedView($0) }, next: next) { $0.write(to: &$1) }
  }

  private func get(_ call: Call<Void>) throws -> HTTPResponse {
    let reference = reference(call)
    guard let view = try documents.document(reference).flatMap({ SavedView($0) }) else {
      throw Self.missing(reference)
    }
    return Self.response(view)
  }

  private func create(_ call: Call<Void>) throws -> HTTPResponse {
    let id = makeID()
    let reference = DocumentReference(tenant: call.principal.tenant, kind: SavedView.kind, id: id)
    var response = Self.response(try put(reference, call, expecting: .absent), status: 201)
    response.fields["location"] = "/api/v1/views/\(id)"
    return response
  }

  private func replace(_ call: Call<Void>) throws -> HTTPResponse {
    let reference = reference(call)
    return Self.response(try put(reference, call, expecting: try expectation(of: call, reference)))
  }

  private func delete(_ call: Call<Void>) throws -> HTTPResponse {
    let reference = reference(call)
    let expectation = try expectation(of: call, reference)
    do throws(RegistryError) {
      try documents.delete(reference, expecting: expectation)
    } catch {
      throw error.kind == .notFound ? Self.missing(reference) : Problem(change: error)
    }
    return HTTPResponse(status: 204)
  }

  private func put(
    _ reference: DocumentReference, _ call: Call<Void>, expecting expectation: DocumentExpectation
  ) throws -> SavedView {
    guard let body = call.body else { preconditionFailure("the endpoint has a body") }
    let document: Document
    do throws(RegistryError) {
      document = try documents.put(
        reference, name: body[ViewBody.name], body: ViewBody.document(body), expecting: expectation, at: call.now,
        by: call.principal.keyID)
    } catch {
      throw Problem(change: error)
    }
    guard let view = SavedView(document) else { preconditionFailure("a view is read as it was written") }
    return view
  }

  /// What `If-Match` and `If-None-Match` ask for.
  private func expectation(
    of call: Call<Void>, _ reference: DocumentReference
  ) throws -> DocumentExpectation {
    switch try RevisionPrecondition(call.request.fields) {
    case .none: return .any
    case .absent: return .absent
    case .revision(let revision): return .revision(revision)
    case .present:
      guard let document = try documents.document(reference) else {
        throw Problem(.preconditionFailed, "There is no view '\(reference.id)'.")
      }
      return .revision(document.revision)
    }
  }

  private func reference(_ call: Call<Void>) -> DocumentReference {
    DocumentReference(tenant: call.principal.tenant, kind: SavedView.kind, id: call[Self.id])
  }

  private static func missing(_ reference: DocumentReference) -> Problem {
    Problem(.notFound, "There is no view '\(reference.id)'. GET /api/v1/views lists them.")
  }

  private static func response(_ view: SavedView, status: Int = 200) -> HTTPResponse {
    var response = HTTPResponse.json(status: status) { writer in
      writer.key("data")
      view.write(to: &writer)
    }
    response.fields["etag"] = EntityTag.text(ofRevision: view.revision)
    return response
  }
}
