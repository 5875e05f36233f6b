package import Attribution
package import Feature

/// What spans did to GPUs.
package struct AttributedSpans: Sendable {
  /// The boards that the spans name, or a part of, with their samples and all spans there.
  package var boards: [AttributedBoard]
  /// Of each span and each GPU that it names, in the order of the spans.
  package var uses: [SpanGPUUse]
  /// What was left out, and what follows, in sentences.
  package var warnings: [String]
}

/// A board with what the spans on it did.
package struct AttributedBoard: Sendable {
  package let samples: GPUSamples
  package let attribution: BoardAttribution

  package init(samples: GPUSamples, attribution: BoardAttribution) {
    self.samples = samples
    self.attribution = attribution
  }
}

/// What one span did to one GPU, or to a part of one.
package struct SpanGPUUse: Sendable {
  /// The row of the span.
  package let span: Int
  /// The id that the span names.
  package let gpuID: String
  /// The index of its board; nil where nobody reported it.
  package let board: Int?
  package let use: SpanUse
}

/// A trace with what its spans did to GPUs.
package struct AttributedTrace: Sendable {
  package var spans: KnownSpans
  package var attributed: AttributedSpans
  /// From the first start to the last end of all spans, in nanoseconds since 1970.
  package var range: Range<Int64>
}
