/// Field numbers of `opentelemetry.proto.common.v1.AnyValue`
/// (https://github.com/open-telemetry/opentelemetry-proto, v1.9.0, here and below).
public enum AnyValueField {
  /// `string_value`.
  @inlinable public static var string: UInt32 { 1 }
  /// `bool_value`.
  @inlinable public static var bool: UInt32 { 2 }
  /// `int_value`.
  @inlinable public static var int: UInt32 { 3 }
  /// `double_value`.
  @inlinable public static var double: UInt32 { 4 }
  /// `array_value`.
  @inlinable public static var array: UInt32 { 5 }
  /// `kvlist_value`.
  @inlinable public static var keyValueList: UInt32 { 6 }
  /// `bytes_value`.
  @inlinable public static var bytes: UInt32 { 7 }
}

/// Field numbers of `ArrayValue` and `KeyValueList`.
public enum ListField {
  /// `values`.
  @inlinable public static var values: UInt32 { 1 }
}

/// Field numbers of `KeyValue`.
public enum KeyValueField {
  /// `key`.
  @inlinable public static var key: UInt32 { 1 }
  /// `value`.
  @inlinable public static var value: UInt32 { 2 }
}

/// Field numbers of `InstrumentationScope`.
public enum ScopeField {
  /// `name`.
  @inlinable public static var name: UInt32 { 1 }
  /// `version`.
  @inlinable public static var version: UInt32 { 2 }
  /// `attributes`.
  @inlinable public static var attributes: UInt32 { 3 }
  /// `dropped_attributes_count`.
  @inlinable public static var droppedAttributes: UInt32 { 4 }
}

/// Field numbers of `opentelemetry.proto.resource.v1.Resource`.
public enum ResourceField {
  /// `attributes`.
  @inlinable public static var attributes: UInt32 { 1 }
  /// `dropped_attributes_count`.
  @inlinable public static var droppedAttributes: UInt32 { 2 }
}

/// Field numbers that the export requests and their parts share, whatever the signal: `ExportTraceServiceRequest`,
/// `ResourceSpans`, `ScopeSpans` and their siblings.
public enum EnvelopeField {
  /// `resource_spans`, `resource_metrics`, `resource_logs` of a request.
  @inlinable public static var resourceGroups: UInt32 { 1 }
  /// `resource` of a resource group.
  @inlinable public static var resource: UInt32 { 1 }
  /// `scope_spans`, `scope_metrics`, `scope_logs` of a resource group.
  @inlinable public static var scopeGroups: UInt32 { 2 }
  /// `schema_url` of a resource group.
  @inlinable public static var resourceSchemaURL: UInt32 { 3 }
  /// `scope` of a scope group.
  @inlinable public static var scope: UInt32 { 1 }
  /// `spans`, `metrics`, `log_records` of a scope group.
  @inlinable public static var records: UInt32 { 2 }
  /// `schema_url` of a scope group.
  @inlinable public static var scopeSchemaURL: UInt32 { 3 }
}
