import API
import Base
import JSON
import PromQL
import Series

/// How an export is written.
enum ExportFormat: String, CaseIterable, Sendable {
  case csv, jsonl

  var mediaType: String {
    switch self {
    case .csv: "text/csv"
    case .jsonl: "application/x-ndjson"
    }
  }

  /// The media type with its parameters (RFC 4180, section 3).
  var contentType: String { self == .csv ? "\(mediaType); charset=utf-8; header=present" : mediaType }

  func header(_ aggregations: [SeriesAggregation]) -> [UInt8] {
    guard self == .csv else { return [] }
    var bytes: [UInt8] = []
    CSVText.append(["time", "name", "type", "labels", "count"] + aggregations.map(\.rawValue), to: &bytes)
    return bytes
  }

  func text(_ histories: [SeriesHistory]) -> [UInt8] {
    switch self {
    case .csv:
      var bytes: [UInt8] = []
      for history in histories { Self.appendRows(of: history, to: &bytes) }
      return bytes
    case .jsonl:
      var writer = JSONWriter(reservingCapacity: 65_536)
      for history in histories {
        SeriesHistory.shape.write(history, &writer)
        writer.newline()
      }
      return writer.bytes
    }
  }

  private static func appendRows(of history: SeriesHistory, to bytes: inout [UInt8]) {
    let labels = history.series.labels
    let texts = labels.labels.filter { $0.name != Label.metricName }.map { label in
      "\(SeriesNotation.written(label.name))=\(SeriesNotation.quoted(label.value))"
    }
    let identity = [
      CSVText.cell(labels.metricName), history.series.kind.name, CSVText.cell("{\(texts.joined(separator: ","))}"),
    ]
    for point in history.points {
      let selected = point.statistics
      let values = selected.aggregations.map { NumberNotation.text(selected.statistics[$0]) }
      CSVText.append([RFC3339.format(point.time)] + identity + ["\(selected.statistics.count)"] + values, to: &bytes)
    }
  }
}
