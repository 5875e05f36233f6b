/// Field numbers of `opentelemetry.proto.common.v1.AnyValue`
/// (https://github.com/open-telemetry/opentelemetry-proto, v1.9.0, here and below).
package enum AnyValueField {
  @inlinable package static var string: UInt32 { 1 }
  @inlinable package static var bool: UInt32 { 2 }
  @inlinable package static var int: UInt32 { 3 }
  @inlinable package static var double: UInt32 { 4 }
  @inlinable package static var array: UInt32 { 5 }
  @inlinable package static var keyValueList: UInt32 { 6 }
  @inlinable package static var bytes: UInt32 { 7 }
}

/// Field numbers of `ArrayValue` and `KeyValueList`.
package enum ListField {
  @inlinable package static var values: UInt32 { 1 }
}

/// Field numbers of `KeyValue`.
package enum KeyValueField {
  @inlinable package static var key: UInt32 { 1 }
  @inlinable package static var value: UInt32 { 2 }
}

/// Field numbers of `InstrumentationScope`.
package enum ScopeField {
  @inlinable package static var name: UInt32 { 1 }
  @inlinable package static var version: UInt32 { 2 }
  @inlinable package static var attributes: UInt32 { 3 }
  @inlinable package static var droppedAttributes: UInt32 { 4 }
}

/// Field numbers of `opentelemetry.proto.resource.v1.Resource`.
package enum ResourceField {
  @inlinable package static var attributes: UInt32 { 1 }
  @inlinable package static var droppedAttributes: UInt32 { 2 }
}

/// Field numbers that the export requests and their parts share, whatever the signal: `ExportTraceServiceRequest`,
/// `ResourceSpans`, `ScopeSpans` and their siblings.
package enum EnvelopeField {
  /// `resource_spans`, `resource_metrics`, `resource_logs` of a request.
  @inlinable package static var resourceGroups: UInt32 { 1 }
  @inlinable package static var resource: UInt32 { 1 }
  /// `scope_spans`, `scope_metrics`, `scope_logs` of a resource group.
  @inlinable package static var scopeGroups: UInt32 { 2 }
  @inlinable package static var resourceSchemaURL: UInt32 { 3 }
  @inlinable package static var scope: UInt32 { 1 }
  /// `spans`, `metrics`, `log_records` of a scope group.
  @inlinable package static var records: UInt32 { 2 }
  @inlinable package static var scopeSchemaURL: UInt32 { 3 }
}
