import StorePorts

extension TenantTelemetry {
  /// The filter with what resources answer asked of the few resources first.
  ///
  /// An attribute that no resource has can only be a span's. Then the condition is a plain one, for which the engine
  /// leaves out rows by index.
  func resolved(_ filter: SpanFilter) throws(QueryFailure) -> SpanFilter {
    var filter = filter
    for index in filter.attributes.indices where filter.attributes[index].place == .either {
      let attribute = filter.attributes[index]
      let found = try rows(
        Select(
          ["resource_id"], from: .resources, where: [AttributeSource(mapKey: attribute.key).equals(attribute.value)],
          limit: 1))
      if found.rowCount == 0 { filter.attributes[index].place = .span }
    }
    return filter
  }
}
