/// The fields of an OTLP message by name, to read its JSON form.
enum MessageShape: Hashable, Sendable, CaseIterable {
  case traceRequest, resourceSpans, scopeSpans, span, event, link, status
  case metricsRequest, resourceMetrics, scopeMetrics, metric, gauge, sum, histogram, exponentialHistogram, summary
  case numberPoint, histogramPoint, exponentialPoint, buckets, summaryPoint, quantile, exemplar
  case logsRequest, resourceLogs, scopeLogs, logRecord
  case resource, scope, keyValue, anyValue, arrayValue, keyValueList

  /// How a field is spelled in JSON and on the wire.
  indirect enum Kind: Sendable {
    case string
    /// Base64 text.
    case bytes
    /// A trace or span id: hexadecimal text, unlike the base64 of protobuf's own mapping
    /// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
    case id
    case bool
    case uint32, sint32, int64, fixed32, fixed64, sfixed64, double
    /// A number, or one of the names, whose place is the number.
    case enumeration([String])
    case message(MessageShape)
    case messages(MessageShape)
    case packedFixed64, packedUInt64, packedDouble
  }

  struct Field: Sendable {
    let name: String
    /// The name in the .proto file, which parsers of protobuf's JSON accept too.
    let protoName: String
    let number: UInt32
    let kind: Kind

    init(_ name: String, _ number: UInt32, _ kind: Kind) {
      self.name = name
      protoName = name.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
      }
      self.number = number
      self.kind = kind
    }
  }
}

/// A message's fields, found by either name.
final class MessageFields: Sendable {
  private let byName: [String: MessageShape.Field]

  init(_ fields: [MessageShape.Field]) {
    var byName: [String: MessageShape.Field] = [:]
    for field in fields {
      byName[field.name] = field
      byName[field.protoName] = field
    }
    self.byName = byName
  }

  subscript(name: String) -> MessageShape.Field? { byName[name] }
}
