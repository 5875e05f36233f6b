import HTTPTypes
package import JSON

/// The body of an endpoint's requests: a JSON object of known members.
package struct BodyDefinition: Sendable {
  /// The name of its schema in the OpenAPI document.
  package let schema: String
  package let members: [JSONMemberDefinition]
  /// The largest body, after decompression.
  package let bytesMax: Int
  /// Whether members that it does not have are left out; otherwise they are mistakes.
  package let ignoresUnknownMembers: Bool

  /// - Parameters:
  ///   - bytesMax: 1 MiB by default, more than anything that people write by hand.
  ///   - ignoresUnknownMembers: for what programs of later versions send.
  package init(
    _ schema: String, _ members: [JSONMemberDefinition], bytesMax: Int = 1 << 20, ignoresUnknownMembers: Bool = false
  ) {
    self.schema = schema
    self.members = members
    self.bytesMax = bytesMax
    self.ignoresUnknownMembers = ignoresUnknownMembers
  }

  /// Reads a request's body, or throws a problem that lists every mistake.
  func read(_ request: HTTPRequest) throws(Problem) -> JSONObject {
    let type = (request.fields["content-type"] ?? "application/json").prefix { $0 != ";" }.lowercased()
    guard type.filter({ $0 != " " }) == "application/json" else {
      throw Problem(.unsupportedMediaType, "Unsupported content type '\(type)'; use application/json.")
    }
    guard request.body.count <= bytesMax else {
      throw Problem(.invalidBody, "The body has \(request.body.count) bytes; at most \(bytesMax) are accepted.")
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: request.body)
    } catch {
      throw Problem(.invalidBody, "The body is not valid JSON: \(error).")
    }
    return try JSONObject(value, members, ignoresUnknownMembers: ignoresUnknownMembers)
  }
}

/// The body of requests with rows, which the routes of a protocol read: one JSON object or a list of them.
package struct IngestedBody: Sendable {
  /// The name of an object's schema in the OpenAPI document.
  package let name: String
  package let schema: JSONValue

  package init(_ name: String, _ schema: JSONValue) {
    self.name = name
    self.schema = schema
  }
}

/// A JSON object that was read and checked by the definitions of its members.
package struct JSONObject: Sendable {
  private var values: [String: any Sendable] = [:]

  package subscript<Value>(member: JSONMember<Value>) -> Value { member.value(values[member.definition.name]) }

  /// - Parameter ignoresUnknownMembers: whether members without a definition are left out.
  package init(
    _ value: JSONValue, _ definitions: [JSONMemberDefinition], ignoresUnknownMembers: Bool = false
  ) throws(Problem) {
    guard let members = value.members else {
      throw .invalid([.init(.body(""), "expected an object")], code: .invalidBody)
    }
    var mistakes: [Problem.Mistake] = []
    var seen: Set<String> = []
    for member in members {
      let place = JSONPointer.step(member.key)
      guard let definition = definitions.first(where: { $0.name == member.key }) else {
        if ignoresUnknownMembers { continue }
        let names = definitions.map(\.name).joined(separator: ", ")
        mistakes.append(.init(.body(place), "is not a member of this body, which has \(names)"))
        continue
      }
      guard seen.insert(member.key).inserted else {
        mistakes.append(.init(.body(place), "occurs twice"))
        continue
      }
      if member.value.isNull, !definition.isRequired { continue }
      do throws(InputMistake) {
        values[member.key] = try definition.read(member.value)
      } catch {
        mistakes.append(.init(.body(place + error.pointer), error.detail))
      }
    }
    for definition in definitions where definition.isRequired && !seen.contains(definition.name) {
      mistakes.append(.init(.body(JSONPointer.step(definition.name)), "is required"))
    }
    guard mistakes.isEmpty else { throw .invalid(mistakes, code: .invalidBody) }
  }
}
