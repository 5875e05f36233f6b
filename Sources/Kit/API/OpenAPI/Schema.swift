package import JSON

/// Short forms to write JSON Schema (2020-12) with.
package enum Schema {
  package static func object(_ properties: [(String, JSONValue)], optional: Set<String> = []) -> JSONValue {
    json([
      ("type", .string("object")), ("properties", json(properties)),
      ("required", .array(properties.filter { !optional.contains($0.0) }.map { .string($0.0) })),
    ])
  }

  package static func list(_ items: JSONValue) -> JSONValue { json([("type", .string("array")), ("items", items)]) }

  package static func reference(_ name: String) -> JSONValue {
    json([("$ref", .string("#/components/schemas/\(name)"))])
  }

  package static func type(_ name: String) -> JSONValue { json([("type", .string(name))]) }

  package static func nullable(_ name: String) -> JSONValue {
    json([("type", .array([.string(name), .string("null")]))])
  }

  package static func choice(_ words: [String]) -> JSONValue {
    json([("type", .string("string")), ("enum", .array(words.map { .string($0) }))])
  }

  package static func either(_ schemas: JSONValue...) -> JSONValue { json([("anyOf", .array(schemas))]) }

  package static func described(_ schema: JSONValue, _ text: String) -> JSONValue {
    .object((schema.members ?? []) + [.init("description", .string(text))])
  }

  package static let string = type("string")
  package static let integer = type("integer")
  package static let number = type("number")
  package static let boolean = type("boolean")
  package static let anything = JSONValue.object([])
  package static let attributes = json([("type", .string("object")), ("additionalProperties", .object([]))])
  package static let nanoseconds = json([("type", .string("string")), ("pattern", .string("^-?[0-9]+$"))])
  package static let dateTime = json([("type", .string("string")), ("format", .string("date-time"))])
  package static let traceID = json([("type", .string("string")), ("pattern", .string("^[0-9a-f]{32}$"))])
  package static let spanID = json([("type", .string("string")), ("pattern", .string("^[0-9a-f]{16}$"))])
  /// A 64-bit integer: a string beyond 2^53.
  package static let bigInteger = either(integer, nanoseconds)

  package static func orNull(_ schema: JSONValue) -> JSONValue {
    if schema.members?.count == 1, let name = schema["type"]?.string { return nullable(name) }
    return either(schema, type("null"))
  }

  package static func json(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(members.map { JSONValue.Member($0.0, $0.1) })
  }
}
