package import API
package import JSON

/// As much of JSON Schema as the document uses.
package struct SchemaCheck {
  private let schemas: [String: JSONValue]

  package init(_ schemas: NamedSchemas) {
    self.schemas = Dictionary(uniqueKeysWithValues: schemas.all.map { ($0.name, $0.schema) })
  }

  /// What of a value differs from a schema.
  package func problems(_ value: JSONValue, _ schema: JSONValue) -> [String] {
    problems(value, schema, "$")
  }

  private func problems(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    if let reference = schema["$ref"]?.string {
      let name = String(reference.split(separator: "/").last ?? "")
      guard let target = schemas[name] else { return ["\(path): no schema \(name)"] }
      return problems(value, target, path)
    }
    if let options = schema["anyOf"]?.array {
      let all = options.map { problems(value, $0, path) }
      return all.contains { $0.isEmpty } ? [] : all.flatMap { $0 }
    }
    var found: [String] = []
    if let type = schema["type"] {
      let names = type.string.map { [$0] } ?? type.array?.compactMap(\.string) ?? []
      if !names.contains(where: { matches(value, $0) }) { found.append("\(path): \(value) is not \(names)") }
    }
    if let words = schema["enum"]?.array, !words.contains(value) { found.append("\(path): \(value) is not listed") }
    if let pattern = schema["pattern"]?.string, let text = value.string,
      (try? Regex(pattern).firstMatch(in: text)) == nil
    {
      found.append("\(path): \(text) does not match \(pattern)")
    }
    if let items = schema["items"], let elements = value.array {
      found += elements.enumerated().flatMap { problems($1, items, "\(path)[\($0)]") }
    }
    return found + members(value, schema, path)
  }

  private func members(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    guard let members = value.members else { return [] }
    if let element = schema["additionalProperties"], element.bool == nil {
      return members.flatMap { problems($0.value, element, "\(path).\($0.key)") }
    }
    guard let properties = schema["properties"] else { return [] }
    var found: [String] = []
    for name in schema["required"]?.array?.compactMap(\.string) ?? [] where value[name] == nil {
      found.append("\(path): no \(name)")
    }
    for member in members {
      guard let property = properties[member.key] else {
        found.append("\(path): \(member.key) is not in the schema")
        continue
      }
      found += problems(member.value, property, "\(path).\(member.key)")
    }
    return found
  }

  private func matches(_ value: JSONValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
      ("number", .number), ("integer", .number(.int)), ("integer", .number(.unsigned)):
      true
    default: false
    }
  }
}
