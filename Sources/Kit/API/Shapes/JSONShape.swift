package import JSON

/// How values of a type are written as JSON, and the schema of what is written: one declaration of both.
///
/// ```swift
/// static let service = JSONShape<ServiceCount>.object { service in
///   service.member("name", .string) { $0.name }
///   service.member("span_count", .integer) { $0.spanCount }
/// }
/// ```
///
/// Shapes are made once, at the declaration of an endpoint; writing a value allocates nothing of its own.
package struct JSONShape<Value: Sendable>: Sendable {
  /// The JSON Schema of a value; for a named shape a reference to its schema.
  package let schema: JSONValue
  /// The schemas that ``schema`` refers to, by name, and those that these refer to.
  package let schemas: NamedSchemas
  /// Writes a value.
  package let write: @Sendable (Value, inout JSONWriter) -> Void

  /// A shape with a writer of its own, which MUST write what the schema says.
  package init(
    _ schema: JSONValue, referringTo schemas: NamedSchemas = NamedSchemas(),
    write: @escaping @Sendable (Value, inout JSONWriter) -> Void
  ) {
    self.schema = schema
    self.schemas = schemas
    self.write = write
  }

  /// The same shape under a name of its own in the OpenAPI document.
  package func named(_ name: String) -> JSONShape {
    var schemas = schemas
    schemas.add(name, schema)
    return JSONShape(Schema.reference(name), referringTo: schemas, write: write)
  }

  /// The same shape with a text for people.
  package func described(_ text: String) -> JSONShape {
    JSONShape(Schema.described(schema, text), referringTo: schemas, write: write)
  }

  /// The shape of another type, whose values are written as one of this type.
  package func of<Whole: Sendable>(_ part: @escaping @Sendable (Whole) -> Value) -> JSONShape<Whole> {
    JSONShape<Whole>(schema, referringTo: schemas) { [write] in write(part($0), &$1) }
  }

  /// An object of the members that a body declares, in this order.
  package static func object(_ declare: (inout JSONObjectShape<Value>) -> Void) -> JSONShape {
    var object = JSONObjectShape<Value>()
    declare(&object)
    return JSONShape(object.schema, referringTo: object.schemas) { [members = object.members] value, writer in
      writer.beginObject()
      for member in members { member(value, &writer) }
      writer.endObject()
    }
  }
}

/// The members of an object, while it is declared.
package struct JSONObjectShape<Value: Sendable>: Sendable {
  @usableFromInline package var members: [@Sendable (Value, inout JSONWriter) -> Void] = []
  fileprivate private(set) var schemas = NamedSchemas()
  fileprivate private(set) var properties: [(name: String, schema: JSONValue)] = []
  fileprivate private(set) var optional: Set<String> = []

  package init() {}

  fileprivate var schema: JSONValue { Schema.object(properties, optional: optional) }

  /// A member that every object has.
  @inlinable package mutating func member<Part: Sendable>(
    _ name: String, _ shape: JSONShape<Part>, _ part: @escaping @Sendable (Value) -> Part
  ) {
    add(name, shape)
    members.append { [key = JSONKey(name), write = shape.write] value, writer in
      writer.key(key)
      write(part(value), &writer)
    }
  }

  /// A member that is left out where there is no value.
  @inlinable package mutating func optionalMember<Part: Sendable>(
    _ name: String, _ shape: JSONShape<Part>, _ part: @escaping @Sendable (Value) -> Part?
  ) {
    add(name, shape, isOptional: true)
    members.append { [key = JSONKey(name), write = shape.write] value, writer in
      guard let part = part(value) else { return }
      writer.key(key)
      write(part, &writer)
    }
  }

  /// All members of an object that is a part of this one, beside its own.
  package mutating func members<Part: Sendable>(
    of object: JSONObjectShape<Part>, _ part: @escaping @Sendable (Value) -> Part
  ) {
    for (name, schema) in object.properties {
      precondition(!properties.contains { $0.name == name }, "two members are called \(name)")
      properties.append((name, schema))
    }
    optional.formUnion(object.optional)
    schemas.add(object.schemas)
    members += object.members.map { write in { value, writer in write(part(value), &writer) } }
  }

  @usableFromInline package mutating func add<Part: Sendable>(
    _ name: String, _ shape: JSONShape<Part>, isOptional: Bool = false
  ) {
    precondition(!properties.contains { $0.name == name }, "two members are called \(name)")
    properties.append((name, shape.schema))
    if isOptional { optional.insert(name) }
    schemas.add(shape.schemas)
  }
}

/// Schemas of an OpenAPI document by name, in the order in which they came.
package struct NamedSchemas: Sendable {
  package private(set) var all: [(name: String, schema: JSONValue)] = []

  package init() {}

  package subscript(name: String) -> JSONValue? { all.first { $0.name == name }?.schema }

  /// Adds a schema, which MUST be the same where there is one of this name.
  package mutating func add(_ name: String, _ schema: JSONValue) {
    if let known = self[name] {
      precondition(known == schema, "two schemas are called \(name)")
    } else {
      all.append((name, schema))
    }
  }

  package mutating func add(_ others: NamedSchemas) { for (name, schema) in others.all { add(name, schema) } }
}
