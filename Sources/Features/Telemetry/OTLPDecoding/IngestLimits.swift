/// What a decoder bounds.
///
/// Records beyond a bound lose the excess, which is added to their dropped counts, as the limits of OpenTelemetry's
/// SDKs do (https://opentelemetry.io/docs/specs/otel/common/#attribute-limits).
package struct IngestLimits: Sendable {
  /// Attributes of one span, log record, resource or scope.
  ///
  /// Default 1,024: eight times the SDKs' 128.
  package var attributeCountMax: Int
  /// Events of one span.
  ///
  /// Default 16,384: an event for each token of a long response.
  package var eventCountMax: Int
  /// Links of one span.
  ///
  /// Default 1,024: eight times the SDKs' 128.
  package var linkCountMax: Int
  /// Bytes of text of the attributes of one record, and of its events or links.
  ///
  /// Default 8 MiB each: a page of such spans still fits the memory of a query.
  package var recordBytesMax: Int
  /// Records, groups and rejected records of one request.
  ///
  /// Default 1,000,000, some seconds of the largest cluster's spans.
  package var recordCountMax: Int
  /// Memory of the decoded rows of one request.
  ///
  /// Default 128 MiB, twice the largest body.
  package var requestBytesMax: Int
  /// Bytes of text, or list elements, of one column of a batch.
  ///
  /// Default and most 1 GiB: Arrow's offsets end at 2 GiB, and the rows between two looks at the size are far smaller
  /// than the other half.
  package var columnBytesMax: Int

  package init(
    attributeCountMax: Int = 1024, eventCountMax: Int = 16_384, linkCountMax: Int = 1024,
    recordBytesMax: Int = 8 << 20, recordCountMax: Int = 1_000_000, requestBytesMax: Int = 128 << 20,
    columnBytesMax: Int = 1 << 30
  ) {
    precondition(columnBytesMax <= 1 << 30, "too near the end of Arrow's offsets")
    self.attributeCountMax = attributeCountMax
    self.eventCountMax = eventCountMax
    self.linkCountMax = linkCountMax
    self.recordBytesMax = recordBytesMax
    self.recordCountMax = recordCountMax
    self.requestBytesMax = requestBytesMax
    self.columnBytesMax = columnBytesMax
  }
}
