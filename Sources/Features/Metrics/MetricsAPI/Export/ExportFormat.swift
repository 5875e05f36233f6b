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
      var times: [UnixNanoseconds: String] = [:]
      for history in histories { Self.appendRows(of: history, times: &times, to: &bytes) }
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

  /// - Parameter times: the texts of times, of which the series of a portion have the same.
  private static func appendRows(
    of history: SeriesHistory, times: inout [UnixNanoseconds: String], to bytes: inout [UInt8]
  ) {
    let labels = history.series.labels
    let texts = labels.labels.filter { $0.name != Label.metricName }.map { label in
      "\(SeriesNotation.written(label.name))=\(SeriesNotation.quoted(label.value))"
    }
    let identity = [
      CSVText.cell(labels.metricName), history.series.kind.name, CSVText.cell("{\(texts.joined(separator: ","))}"), "",
    ].joined(separator: ",")
    for point in history.points {
      let time = times[point.time] ?? RFC3339.format(point.time)
      times[point.time] = time
      let selected = point.statistics
      bytes += time.utf8
      bytes.append(UInt8(ascii: ","))
      bytes += identity.utf8
      let values = selected.aggregations.map { selected.statistics[$0].map(NumberNotation.text) ?? "" }
      CSVText.append(["\(selected.statistics.count)"] + values, to: &bytes)
    }
  }
}
