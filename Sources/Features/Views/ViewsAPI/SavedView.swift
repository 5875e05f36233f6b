import API
import Base
import Identity
import JSON

/// A search saved under a name: the list it searches, and its parameters.
struct SavedView: Sendable, Hashable {
  /// The lists of the API that a view can be of.
  enum List: String, Sendable, CaseIterable {
    case traces, spans, sessions, users, logs
  }

  let id: String
  let name: String
  let list: List
  /// The parameters of the list's endpoint, by name, as a client would send them.
  let parameters: [String: String]
  let revision: Int64
  let createdAt: UnixNanoseconds
  let updatedAt: UnixNanoseconds
  /// The id of the API key that changed it last; nil for access without a key.
  let updatedBy: String?

  static let kind = "saved_view"
}

/// What a client sends to make or replace a view.
enum ViewBody {
  /// As many parameters as the widest endpoint has, and as many filters by attributes as one request may have.
  private static let parameterCountMax = 64

  static let name = JSONMember.text("name", "What people call it; unique in the tenant.", length: 1...100).required()
  static let list = JSONMember<SavedView.List?>.choice("list", "The list of the API that it is of.").required()
  static let parameters = JSONMember.texts(
    "parameters", "The parameters of the list's endpoint, e.g. `{\"service\": \"chat\", \"status\": \"error\"}`.",
    countMax: parameterCountMax, lengthMax: ParameterLimits.textLengthMax)

  static let definition = BodyDefinition(
    "SavedViewBody", [name.definition, list.definition, parameters.definition])

  /// The members as a document keeps them.
  static func document(_ body: JSONObject) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("list", body[list].rawValue)
      writer.key("parameters")
      writer.object { writer in
        for (name, value) in (body[parameters] ?? [:]).sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
      }
    }
    return writer.bytes
  }
}

extension SavedView {
  /// Reads what ``ViewBody/document(_:)`` wrote; nil for a document of a later version.
  init?(_ document: Document) {
    guard let value = try? JSONValue(parsing: document.body), let list = value["list"]?.string.flatMap(List.init),
      let members = value["parameters"]?.members, let name = document.name
    else { return nil }
    id = document.reference.id
    self.name = name
    self.list = list
    parameters = Dictionary(members.map { ($0.key, $0.value.string ?? "") }, uniquingKeysWith: { $1 })
    revision = document.revision
    createdAt = document.createdAt
    updatedAt = document.updatedAt
    updatedBy = document.updatedBy
  }

  static let shape = JSONShape<SavedView>.object { view in
    view.member("id", .string) { $0.id }
    view.member("name", .string) { $0.name }
    view.member("list", .choice) { $0.list }
    view.member("parameters", .stringsByName) { $0.parameters }
    view.member("revision", .integer) { $0.revision }
    view.member("created_at", .dateTime) { $0.createdAt }
    view.member("updated_at", .dateTime) { $0.updatedAt }
    view.member("updated_by", .orNull(.string).described("The id of the API key that changed it last.")) {
      $0.updatedBy
    }
  }
  .named("SavedView")

  static let response = JSONShape.data(shape)
}
