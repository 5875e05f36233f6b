import Base
import Columns
import JSON
import OTLP
import Telemetry

/// Turns the rows of a batch back into the OTLP/JSON request that they came from, to compare it field by field.
///
/// Fields with their default value are left out, as protobuf's JSON mapping does.
struct Rendering {
  typealias Member = JSONValue.Member

  let resources: ResourceBlock
  let scopes: ScopeBlock

  /// Builds the request from rows in order; rows of the same resource and scope that follow one another are a group.
  func request(
    _ signal: String, scopeGroups: String, records: String, rowCount: Int, resourceID: (Int) -> UInt64,
    scopeID: (Int) -> UInt64, record: (Int) -> JSONValue
  ) -> JSONValue {
    var resourceGroups: [JSONValue] = []
    var row = 0
    while row < rowCount {
      let resource = resourceID(row)
      var groups: [JSONValue] = []
      while row < rowCount, resourceID(row) == resource {
        let scope = scopeID(row)
        var rendered: [JSONValue] = []
        while row < rowCount, resourceID(row) == resource, scopeID(row) == scope {
          rendered.append(record(row))
          row += 1
        }
        groups.append(.object(scopeMembers(scope) + [Member(records, .array(rendered))]))
      }
      resourceGroups.append(.object(resourceMembers(resource) + [Member(scopeGroups, .array(groups))]))
    }
    return .object([Member(signal, .array(resourceGroups))])
  }

  private func resourceMembers(_ id: UInt64) -> [Member] {
    let row = resources.row(tenant: 1, id: id) ?? -1
    let resource = Self.object([
      ("attributes", Self.attributes(resources.attributes, row)),
      ("droppedAttributesCount", Self.number(resources.droppedAttributes[row])),
    ])
    return Self.members([("resource", resource), ("schemaUrl", Self.text(resources.schemaURL[row]))])
  }

  private func scopeMembers(_ id: UInt64) -> [Member] {
    let row = scopes.row(tenant: 1, id: id) ?? -1
    let scope = Self.object([
      ("name", Self.text(scopes.name[row])), ("version", Self.text(scopes.version[row])),
      ("attributes", Self.attributes(scopes.attributes, row)),
      ("droppedAttributesCount", Self.number(scopes.droppedAttributes[row])),
    ])
    return Self.members([("scope", scope), ("schemaUrl", Self.text(scopes.schemaURL[row]))])
  }

  // MARK: Values; nil is a default that is left out

  static func members(_ pairs: [(String, JSONValue?)]) -> [Member] {
    pairs.compactMap { key, value in value.map { Member(key, $0) } }
  }

  static func object(_ pairs: [(String, JSONValue?)]) -> JSONValue? {
    let members = members(pairs)
    return members.isEmpty ? nil : .object(members)
  }

  static func text(_ text: String) -> JSONValue? { text.isEmpty ? nil : .string(text) }
  static func number(_ value: some BinaryInteger) -> JSONValue? { value == 0 ? nil : .number(.int(Int64(value))) }
  static func quoted(_ value: some BinaryInteger) -> JSONValue? { value == 0 ? nil : .string(String(value)) }

  static func double(_ value: Double?) -> JSONValue? {
    value.map { $0.isNaN ? .string("NaN") : .number(.double($0)) }
  }

  static func hex(_ id: (high: UInt64, low: UInt64)) -> JSONValue? {
    id.high == 0 && id.low == 0 ? nil : .string(TraceID(high: id.high, low: id.low).description)
  }

  static func hex(_ id: UInt64) -> JSONValue? { id == 0 ? nil : .string(SpanID(id).description) }

  static func list(_ elements: [JSONValue]) -> JSONValue? { elements.isEmpty ? nil : .array(elements) }

  /// OTLP/JSON text as stored for events, links and exemplars.
  static func stored(_ text: String) -> JSONValue? { text.isEmpty ? nil : try? JSONValue(parsing: text) }

  static func attributes(_ map: MapColumn, _ row: Int) -> JSONValue? {
    list(
      map[row].map { key, type, value in
        .object([Member("key", .string(key)), Member("value", anyValue(type: type, text: value))])
      })
  }

  static func anyValue(type: UInt8, text: String) -> JSONValue {
    var writer = JSONWriter()
    AttributeText.value(type: type, text: Array(text.utf8)[...]).writeOTLPJSON(to: &writer)
    guard let json = try? JSONValue(parsing: writer.bytes) else { return .string("not JSON: \(text)") }
    return json
  }
}
