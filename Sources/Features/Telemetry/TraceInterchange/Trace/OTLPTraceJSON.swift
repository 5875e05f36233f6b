package import API
package import Base
import JSON
import OTLP
import Telemetry
package import TelemetryQueries

/// Traces as JSON forms of OTLP's `TracesData`.
///
/// Members with a default value are left out, as protobuf's mapping has it.
package enum OTLPTraceJSON: Sendable {
  /// OTLP/JSON: hexadecimal ids, enumerations as numbers (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
  case otlp
  /// Protobuf's own JSON mapping, which Tempo responds with: ids in base64, enumerations by name.
  case protobuf

  /// An object with one member: the list of resources with their scopes and spans.
  package func trace(member: String) -> JSONShape<[StoredSpan]> {
    .object { trace in
      trace.member(member, .list(resourceSpans)) { ResourceGroup.groups(of: $0) }
    }
  }

  private var resourceSpans: JSONShape<ResourceGroup> {
    .object { group in
      group.member("resource", Self.resource) { $0.resource }
      group.member("scopeSpans", .list(scopeSpans)) { $0.scopes }
      group.text("schemaUrl") { $0.resource.schemaURL }
    }
  }

  private static let resource = JSONShape<StoredResource>.object { resource in
    resource.list("attributes", .storedAttribute) { $0.attributes }
    resource.count("droppedAttributesCount") { $0.droppedAttributeCount }
  }

  private var scopeSpans: JSONShape<ScopeGroup> {
    .object { group in
      group.member("scope", Self.scope) { $0.scope }
      group.member("spans", .list(span)) { $0.spans }
      group.text("schemaUrl") { $0.scope.schemaURL }
    }
  }

  private static let scope = JSONShape<StoredScope>.object { scope in
    scope.text("name") { $0.name }
    scope.text("version") { $0.version }
    scope.list("attributes", .storedAttribute) { $0.attributes }
    scope.count("droppedAttributesCount") { $0.droppedAttributeCount }
  }

  private var span: JSONShape<StoredSpan> {
    .object { span in
      span.member("traceId", traceID) { $0.traceID }
      span.member("spanId", spanID) { $0.spanID }
      span.text("traceState") { $0.traceState }
      span.optionalMember("parentSpanId", spanID) { $0.parentSpanID }
      span.count("flags") { $0.flags }
      span.text("name") { $0.name }
      span.optionalMember("kind", kind) { $0.kind == .unspecified ? nil : $0.kind }
      span.member("startTimeUnixNano", .unsignedNanoseconds) { $0.start }
      span.member("endTimeUnixNano", .unsignedNanoseconds) { $0.end }
      span.list("attributes", .storedAttribute) { $0.attributes }
      span.count("droppedAttributesCount") { $0.droppedAttributeCount }
      span.list("events", Self.event) { $0.events }
      span.count("droppedEventsCount") { $0.droppedEventCount }
      span.list("links", link) { $0.links }
      span.count("droppedLinksCount") { $0.droppedLinkCount }
      span.member("status", status) { $0 }
    }
  }

  private var status: JSONShape<StoredSpan> {
    .object { status in
      status.text("message") { $0.statusMessage }
      status.optionalMember("code", statusCode) { $0.status == .unset ? nil : $0.status }
    }
  }

  private static let event = JSONShape<StoredEvent>.object { event in
    event.member("timeUnixNano", .unsignedNanoseconds) { $0.time }
    event.text("name") { $0.name }
    event.list("attributes", .keyValue) { KeyValue.list(otlpJSON: Array($0.attributesText.utf8)[...]) }
    event.count("droppedAttributesCount") { $0.droppedAttributeCount }
  }

  private var link: JSONShape<StoredLink> {
    .object { link in
      link.member("traceId", traceID) { $0.traceID }
      link.member("spanId", spanID) { $0.spanID }
      link.text("traceState") { $0.traceState }
      link.list("attributes", .keyValue) { KeyValue.list(otlpJSON: Array($0.attributesText.utf8)[...]) }
      link.count("droppedAttributesCount") { $0.droppedAttributeCount }
      link.count("flags") { $0.flags }
    }
  }
}

// MARK: - Ids and enumerations

extension OTLPTraceJSON {
  private var traceID: JSONShape<TraceID> {
    self == .otlp ? .traceID : Self.base64(digits: 22, padding: "==").of { Base64.text($0.bytes) }
  }

  private var spanID: JSONShape<SpanID> {
    self == .otlp ? .spanID : Self.base64(digits: 11, padding: "=").of { Base64.text($0.bytes) }
  }

  private static func base64(digits: Int, padding: String) -> JSONShape<String> {
    let pattern = "^[A-Za-z0-9+/]{\(digits)}\(padding)$"
    return JSONShape(Schema.json([("type", .string("string")), ("pattern", .string(pattern))])) { $1.string($0) }
  }

  private var kind: JSONShape<SpanKind> {
    enumeration(SpanKind.allCases, { $0.rawValue }, { "SPAN_KIND_\($0.name.uppercased())" })
  }

  private var statusCode: JSONShape<SpanStatus> {
    enumeration(SpanStatus.allCases, { $0.rawValue }, { "STATUS_CODE_\($0.name.uppercased())" })
  }

  private func enumeration<Case: Sendable>(
    _ cases: [Case], _ number: @escaping @Sendable (Case) -> UInt8, _ name: @escaping @Sendable (Case) -> String
  ) -> JSONShape<Case> {
    self == .otlp ? JSONShape<UInt8>.integer.of(number) : JSONShape<String>.choice(cases.map(name)).of(name)
  }
}

extension JSONShape where Value == UnixNanoseconds {
  /// Nanoseconds since 1970 as OTLP counts them, unsigned, as a string.
  package static var unsignedNanoseconds: JSONShape<UnixNanoseconds> {
    JSONShape(Schema.json([("type", .string("string")), ("pattern", .string("^[0-9]+$"))])) {
      $1.string(String(UInt64(bitPattern: $0.rawValue)))
    }
  }
}

// MARK: - Members that are left out where they have their default

extension JSONObjectShape {
  fileprivate mutating func text(_ name: String, _ text: @escaping @Sendable (Value) -> String) {
    optionalMember(name, .string) { value in
      let text = text(value)
      return text.isEmpty ? nil : text
    }
  }

  fileprivate mutating func count(_ name: String, _ count: @escaping @Sendable (Value) -> UInt32) {
    optionalMember(name, .integer) { value in
      let count = count(value)
      return count == 0 ? nil : count
    }
  }

  fileprivate mutating func list<Element: Sendable>(
    _ name: String, _ element: JSONShape<Element>, _ list: @escaping @Sendable (Value) -> [Element]
  ) {
    optionalMember(name, .list(element)) { value in
      let list = list(value)
      return list.isEmpty ? nil : list
    }
  }
}
