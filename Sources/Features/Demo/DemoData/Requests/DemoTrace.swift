/// The value of an attribute.
enum DemoValue: Sendable {
  case string(String)
  case int(Int)
  case double(Double)
  case bool(Bool)
  case strings([String])
}

typealias DemoAttributes = [(key: String, value: DemoValue)]

/// A process that sends spans and logs.
struct DemoProcess: Sendable {
  let service: String
  let version: String
  /// The machine that it runs on; nil for one without GPUs.
  let node: String?
  let pod: String
  let language: String
}

struct DemoSpanEvent: Sendable {
  let name: String
  /// In nanoseconds since 1970, as all times here.
  let time: Int64
  var attributes: DemoAttributes = []
}

struct DemoSpan: Sendable {
  let id: UInt64
  /// 0 for the root.
  let parent: UInt64
  /// Among all processes.
  let process: Int
  let name: String
  let kind: Kind
  let start: Int64
  var end: Int64
  var attributes: DemoAttributes = []
  var events: [DemoSpanEvent] = []
  /// Why it failed; nil where it did not.
  var failure: String?

  /// As numbered by OTLP.
  enum Kind: UInt64, Sendable { case `internal` = 1, server, client }
}

struct DemoLog: Sendable {
  let time: Int64
  let process: Int
  let severity: Severity
  let text: String
  /// 0 where it belongs to none.
  var span: UInt64 = 0
  var attributes: DemoAttributes = []

  /// As numbered by OTLP.
  enum Severity: UInt64, Sendable {
    case info = 9, warn = 13, error = 17
    var text: String {
      switch self {
      case .info: "INFO"
      case .warn: "WARN"
      case .error: "ERROR"
      }
    }
  }
}

/// A request of a user with all that it caused.
struct DemoTrace: Sendable {
  let high: UInt64
  let low: UInt64
  var spans: [DemoSpan] = []
  var logs: [DemoLog] = []

  /// When the last of it ended.
  var end: Int64 { spans.lazy.map(\.end).max() ?? 0 }

  mutating func begin(
    _ name: String, _ kind: DemoSpan.Kind, in process: Int, under parent: Int?, at start: Int64, id: UInt64,
    _ attributes: DemoAttributes = []
  ) -> Int {
    spans.append(
      DemoSpan(
        id: id, parent: parent.map { spans[$0].id } ?? 0, process: process, name: name, kind: kind, start: start,
        end: start, attributes: attributes))
    return spans.count - 1
  }

  mutating func log(_ severity: DemoLog.Severity, _ text: String, of span: Int, at time: Int64) {
    logs.append(
      DemoLog(time: time, process: spans[span].process, severity: severity, text: text, span: spans[span].id))
  }
}
