package import API
import Base
import HTTPTypes
package import Identity
import JSON

/// Saved views below `/api/v1/views`: made, read, replaced and deleted.
///
/// docs/api.md is their reference.
package struct ViewEndpoints: Sendable {
  private let documents: any DocumentStore
  /// Makes unique ids.
  private let makeID: @Sendable () -> String

  /// - Parameter makeID: a random id by default, 16 hexadecimal digits.
  package init(
    documents: any DocumentStore,
    makeID: @escaping @Sendable () -> String = { Hex.encode(UInt64.random(in: 0 ... .max)) }
  ) {
    self.documents = documents
    self.makeID = makeID
  }

  /// What messages call a view.
  private static let noun = "saved view"

  private static let page = JSONResponse("SavedViewList", .page(SavedView.shape, canWarn: true))
  private static let saved = JSONResponse("SavedViewResponse", SavedView.response, hasRevision: true)
  private static let made = JSONResponse(
    "SavedViewResponse", SavedView.response, status: 201, hasRevision: true, hasLocation: true)

  private static let id = Parameter<String?>(
    "id", "The view's id: 1 to \(DocumentLimits.idCharactersMax) characters of A to Z, a to z, 0 to 9, _ and -.",
    schema: Schema.json([
      ("type", .string("string")), ("pattern", .string("^[A-Za-z0-9_-]{1,\(DocumentLimits.idCharactersMax)}$")),
    ])
  ) { text, _ throws(InputMistake) in
    do throws(RegistryError) {
      try DocumentRules.check(id: text)
    } catch {
      throw InputMistake(
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
          response: Self.page.definition),
        list),
      Endpoint(
        EndpointDefinition(
          .post, "/api/v1/views", name: "createView", summary: "Saves a view.", tag: "views", permission: .edit,
          body: ViewBody.definition, response: Self.made.definition,
          problems: Self.limitReached), create),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/views/{id}", name: "getView", summary: "A saved view.", tag: "views",
          pathParameters: [Self.id.definition], response: Self.saved.definition,
          problems: [.notFound, .objectUnreadable]), get),
      Endpoint(
        EndpointDefinition(
          .put, "/api/v1/views/{id}", name: "replaceView",
          summary: "Replaces a view, or makes it with an id of the client's choice.", tag: "views", permission: .edit,
          pathParameters: [Self.id.definition], body: ViewBody.definition, preconditions: [.ifMatch, .ifNoneMatch],
          response: Self.saved.definition,
          problems: [.preconditionFailed] + Self.limitReached), replace),
      Endpoint(
        EndpointDefinition(
          .delete, "/api/v1/views/{id}", name: "deleteView", summary: "Deletes a view.", tag: "views",
          permission: .edit, pathParameters: [Self.id.definition], preconditions: [.ifMatch], response: .empty(),
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
    let views = found.map { (document: $0, view: SavedView($0)) }
    let unreadable = views.filter { $0.view == nil }.map { Self.unreadable($0.document) }
    return Self.page(call.page(views.compactMap(\.view), next: next, warnings: unreadable))
  }

  private func get(_ call: Call<Void>) throws -> HTTPResponse {
    let reference = reference(call)
    guard let document = try documents.document(reference) else { throw Self.missing(reference) }
    guard let view = SavedView(document) else { throw Problem(.objectUnreadable, Self.unreadable(document)) }
    return Self.response(view)
  }

  private func create(_ call: Call<Void>) throws -> HTTPResponse {
    let id = makeID()
    return try put(
      DocumentReference(tenant: call.principal.tenant, kind: SavedView.kind, id: id), call, expecting: .absent
    ) { view in
      var response = Self.response(view, Self.made)
      response.fields["location"] = "/api/v1/views/\(id)"
      return response
    }
  }

  private func replace(_ call: Call<Void>) throws -> HTTPResponse {
    try put(reference(call), call) { Self.response($0) }
  }

  private func delete(_ call: Call<Void>) throws -> HTTPResponse {
    let reference = reference(call)
    do {
      return try call.delete(reference, Self.noun, in: documents)
    } catch let error as RegistryError where error.kind == .notFound {
      throw Self.missing(reference)
    }
  }

  private func put(
    _ reference: DocumentReference, _ call: Call<Void>, expecting expectation: DocumentExpectation? = nil,
    response: @escaping @Sendable (SavedView) -> HTTPResponse
  ) throws -> HTTPResponse {
    guard let body = call.body else { preconditionFailure("the endpoint has a body") }
    return try call.put(
      reference, Self.noun, name: body[ViewBody.name], body: ViewBody.document(body), in: documents,
      expecting: expectation
    ) { document in
      guard let view = SavedView(document) else { preconditionFailure("a view is read as it was written") }
      return response(view)
    }
  }

  private func reference(_ call: Call<Void>) -> DocumentReference {
    DocumentReference(tenant: call.principal.tenant, kind: SavedView.kind, id: call[Self.id])
  }

  private static func missing(_ reference: DocumentReference) -> Problem {
    Problem(.notFound, Problem.missing(reference, noun))
  }

  private static func unreadable(_ document: Document) -> String {
    let name = document.name.map { " ('\($0)')" } ?? ""
    return
      "The view '\(document.reference.id)'\(name) cannot be read: a later version of Axonize has saved it. Upgrade "
      + "the server, or replace or delete the view."
  }

  private static func response(_ view: SavedView, _ response: JSONResponse<SavedView> = saved) -> HTTPResponse {
    var response = response(view)
    response.fields["etag"] = EntityTag.text(ofRevision: view.revision)
    return response
  }
}
