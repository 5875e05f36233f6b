package import Base
import JSON

extension JSONShape where Value == String {
  package static var string: JSONShape { JSONShape(Schema.string) { $1.string($0) } }
}

extension JSONShape where Value == Bool {
  package static var boolean: JSONShape { JSONShape(Schema.boolean) { $1.bool($0) } }
}

extension JSONShape where Value == Double {
  /// A number that is never NaN nor infinite.
  package static var number: JSONShape { JSONShape(Schema.number) { $1.double($0) } }

  /// A number, or a string for NaN and infinities.
  package static var anyNumber: JSONShape {
    let words = Schema.choice(["NaN", "Infinity", "-Infinity"])
    return JSONShape(Schema.described(Schema.either(Schema.number, words), "NaN and infinities are strings.")) {
      $1.double($0)
    }
  }
}

extension JSONShape where Value: BinaryInteger {
  /// An integer that is never beyond 2^53.
  package static var integer: JSONShape { JSONShape(Schema.integer) { $1.int($0) } }
}

extension JSONShape where Value == Int64 {
  /// A number where every reader keeps it exactly, a string beyond 2^53.
  package static var exactInteger: JSONShape { JSONShape(Schema.bigInteger) { $1.exactInt($0) } }
}

extension JSONShape where Value == UInt64 {
  /// A number where every reader keeps it exactly, a string beyond 2^53.
  package static var exactInteger: JSONShape { JSONShape(Schema.bigInteger) { $1.exactInt($0) } }
}

extension JSONShape where Value == UnixNanoseconds {
  /// Nanoseconds since 1970 as a string, since a JSON number would lose digits.
  package static var nanoseconds: JSONShape<UnixNanoseconds> {
    JSONShape(Schema.nanoseconds) { $1.quotedInt($0.rawValue) }
  }

  /// RFC 3339.
  package static var dateTime: JSONShape<UnixNanoseconds> {
    JSONShape(Schema.dateTime) { $1.string(RFC3339.format($0)) }
  }
}

extension JSONShape where Value == TraceID {
  package static var traceID: JSONShape<TraceID> { JSONShape(Schema.traceID) { $1.hex($0.high, $0.low) } }
}

extension JSONShape where Value == SpanID {
  package static var spanID: JSONShape<SpanID> { JSONShape(Schema.spanID) { $1.hex($0.rawValue) } }
}

extension JSONShape where Value == String {
  /// One of several names.
  package static func choice(_ words: [String]) -> JSONShape {
    JSONShape(Schema.choice(words)) { $1.string($0) }
  }
}

extension JSONShape where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// The name of a case.
  package static var choice: JSONShape {
    JSONShape(Schema.choice(Value.allCases.map(\.rawValue))) { $1.string($0.rawValue) }
  }
}

extension JSONShape {
  /// An array.
  @inlinable package static func list<Element: Sendable>(_ element: JSONShape<Element>) -> JSONShape
  where Value == [Element] {
    JSONShape(Schema.list(element.schema), referringTo: element.schemas) { [write = element.write] values, writer in
      writer.beginArray()
      for value in values { write(value, &writer) }
      writer.endArray()
    }
  }

  /// A value, or null.
  @inlinable package static func orNull<Wrapped: Sendable>(_ wrapped: JSONShape<Wrapped>) -> JSONShape
  where Value == Wrapped? {
    JSONShape(Schema.orNull(wrapped.schema), referringTo: wrapped.schemas) { [write = wrapped.write] value, writer in
      if let value { write(value, &writer) } else { writer.null() }
    }
  }

  /// An object with one member, `data`, as every response that is not a page.
  package static func data(_ value: JSONShape<Value>) -> JSONShape {
    .object { $0.member("data", value) { $0 } }
  }
}

extension JSONShape {
  /// An object of members of any names, in the order of the list; a name MUST occur once.
  @inlinable package static func objectByName<Element: Sendable>(_ element: JSONShape<Element>) -> JSONShape
  where Value == [(name: String, value: Element)] {
    let schema = Schema.json([("type", .string("object")), ("additionalProperties", element.schema)])
    return JSONShape(schema, referringTo: element.schemas) { [write = element.write] members, writer in
      writer.beginObject()
      for member in members {
        writer.key(member.name)
        write(member.value, &writer)
      }
      writer.endObject()
    }
  }
}

extension JSONShape where Value == Void {
  package static var null: JSONShape { JSONShape(Schema.type("null")) { $1.null() } }
}

extension JSONShape where Value == [String: String] {
  /// An object of members of any names, by name.
  package static var stringsByName: JSONShape {
    JSONShape<[(name: String, value: String)]>.objectByName(.string).of { values in
      values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
  }
}
