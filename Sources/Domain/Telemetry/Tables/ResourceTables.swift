import Columns

extension ResourceBlock {
  package static let table = BlockTable<ResourceBlock>(
    "resources",
    [
      .init("tenant", "UInt32", \.tenant, meaning: "Whose resource it is."),
      .init(
        "resource_id", "UInt64", \.resourceID,
        meaning: "Hash of the resource and its schema URL; unique within a tenant."),
      .init(
        "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
        meaning: "The attribute `service.name`, `unknown_service` without one."),
      .init(
        "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
        meaning: SharedMeaning.attributes),
      .init(
        "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
        meaning: SharedMeaning.attributeTypes),
      .init(
        "dropped_attributes", "UInt32", \.droppedAttributes,
        meaning: SharedMeaning.droppedAttributes),
      .init(
        "schema_url", "LowCardinality(String) CODEC(ZSTD(1))", \.schemaURL,
        meaning: SharedMeaning.schemaURL),
      .init("last_seen", "DateTime('UTC')", filler: .commitSeconds, meaning: SharedMeaning.lastSeen),
    ])
}

extension ScopeBlock {
  package static let table = BlockTable<ScopeBlock>(
    "scopes",
    [
      .init("tenant", "UInt32", \.tenant, meaning: "Whose scope it is."),
      .init(
        "scope_id", "UInt64", \.scopeID, meaning: "Hash of the scope and its schema URL; unique within a tenant."),
      .init("name", "LowCardinality(String) CODEC(ZSTD(1))", \.name, meaning: "The scope's name."),
      .init("version", "LowCardinality(String) CODEC(ZSTD(1))", \.version, meaning: "The scope's version."),
      .init(
        "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
        meaning: SharedMeaning.attributes),
      .init(
        "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
        meaning: SharedMeaning.attributeTypes),
      .init(
        "dropped_attributes", "UInt32", \.droppedAttributes,
        meaning: SharedMeaning.droppedAttributes),
      .init(
        "schema_url", "LowCardinality(String) CODEC(ZSTD(1))", \.schemaURL,
        meaning: SharedMeaning.schemaURL),
      .init("last_seen", "DateTime('UTC')", filler: .commitSeconds, meaning: SharedMeaning.lastSeen),
    ])
}
