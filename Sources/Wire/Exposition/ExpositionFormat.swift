/// The text formats in which a program shows its metrics.
package enum ExpositionFormat: Sendable, Hashable, CaseIterable {
  /// Prometheus' text format 0.0.4. It is read as Prometheus reads it: what is not a sample, `HELP` or `TYPE` is a
  /// comment.
  case text
  /// OpenMetrics 1.0. An exposition with one mistake is invalid.
  case openMetrics

  /// The format that `content-type` names; ``text`` for anything that is not OpenMetrics.
  package init(contentType: String) {
    let mediaType = contentType.prefix { $0 != ";" && $0 != " " }
    self = mediaType.lowercased() == "application/openmetrics-text" ? .openMetrics : .text
  }
}

/// What one exposition may hold.
package struct ExpositionLimits: Sendable, Hashable {
  /// Bytes of the text; 64 MiB, some 500,000 samples.
  package var bodyBytesMax = 64 << 20
  /// Bytes of a line; 256 KiB, more than all labels and an exemplar may take.
  package var lineBytesMax = 256 << 10
  /// Labels of a sample or an exemplar; 100.
  package var labelsMax = 100
  /// Bytes of the name of a metric or a label; 1,024.
  package var nameBytesMax = 1024
  /// Bytes of a label's value; 4,096.
  package var valueBytesMax = 4096

  package init() {}
}

/// Why a text is not an exposition, and where.
package struct ExpositionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Counted from 1.
  package let line: Int
  /// Bytes from the start of the line, counted from 1.
  package let column: Int
  /// A phrase, for example `a label's value has no closing quotation mark`.
  package let reason: String

  package var description: String { "line \(line), column \(column): \(reason)" }
}
