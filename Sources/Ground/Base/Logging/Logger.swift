/// Where log records go.
///
/// Platform has the sinks for standard error, in JSON or for people.
package protocol LogSink: Sendable {
  /// Records below this level are dropped before their message is built.
  var level: LogLevel { get }

  /// Writes one record; MUST be callable from any thread, MUST NOT block for long and MUST NOT throw.
  func write(_ level: LogLevel, component: String, message: String, fields: [LogField])
}

/// A named value of a log record.
///
/// Never a secret, never a payload.
package struct LogField: Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: some CustomStringConvertible) {
    self.name = name
    self.value = value.description
  }
}

/// A handle that writes records of one component.
///
/// Messages are lower-case, without a final period.
package struct Logger: Sendable {
  private let sink: (any LogSink)?
  private let component: String

  /// A logger of a component; with no sink it drops everything.
  package init(component: String, sink: (any LogSink)?) {
    self.component = component
    self.sink = sink
  }

  package static let disabled = Logger(component: "", sink: nil)

  /// A logger of another component over the same sink.
  package func component(_ name: String) -> Logger { Logger(component: name, sink: sink) }

  package func debug(_ message: @autoclosure () -> String, _ fields: LogField...) { log(.debug, message, fields) }
  package func info(_ message: @autoclosure () -> String, _ fields: LogField...) { log(.info, message, fields) }
  package func warning(_ message: @autoclosure () -> String, _ fields: LogField...) { log(.warning, message, fields) }
  package func error(_ message: @autoclosure () -> String, _ fields: LogField...) { log(.error, message, fields) }

  /// Writes a record whose level and fields are known only at run time.
  package func log(_ level: LogLevel, _ message: @autoclosure () -> String, _ fields: [LogField]) {
    log(level, message, fields)
  }

  private func log(_ level: LogLevel, _ message: () -> String, _ fields: [LogField]) {
    guard let sink, level >= sink.level else { return }
    sink.write(level, component: component, message: message(), fields: fields)
  }
}
