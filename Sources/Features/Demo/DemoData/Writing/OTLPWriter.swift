import OTLP
import Protobuf

/// Writes export requests of spans and logs (OTLP, protobuf), a resource for each process.
struct OTLPWriter {
  private let processes: [DemoProcess]

  init(_ processes: [DemoProcess]) { self.processes = processes }

  /// A request with the spans of traces; empty where there are none.
  func spans(of traces: [DemoTrace]) -> [UInt8] {
    request(traces.flatMap { trace in trace.spans.map { (trace, $0) } }, process: { $0.1.process }) { record, writer in
      write(record.1, of: record.0, to: &writer)
    }
  }

  /// A request with logs and the traces that they belong to, if any; empty where there are none.
  func logs(_ logs: [(trace: DemoTrace?, log: DemoLog)]) -> [UInt8] {
    request(logs, process: { $0.log.process }) { record, writer in write(record.log, of: record.trace, to: &writer) }
  }

  private func request<Record>(
    _ records: [Record], process: (Record) -> Int, write: (Record, inout ProtobufWriter) -> Void
  ) -> [UInt8] {
    var byProcess = [[Record]](repeating: [], count: processes.count)
    for record in records { byProcess[process(record)].append(record) }
    var writer = ProtobufWriter(reservingCapacity: records.count * 512)
    for (number, records) in byProcess.enumerated() where !records.isEmpty {
      writer.message(EnvelopeField.resourceGroups) { writer in
        writer.message(EnvelopeField.resource) { resource in
          Self.write(attributes(of: processes[number]), ResourceField.attributes, to: &resource)
        }
        writer.message(EnvelopeField.scopeGroups) { writer in
          writer.message(EnvelopeField.scope) { scope in
            scope.string(ScopeField.name, "axonize.demo")
            scope.string(ScopeField.version, processes[number].version)
          }
          for record in records { writer.message(EnvelopeField.records) { write(record, &$0) } }
        }
      }
    }
    return writer.bytes
  }

  private func attributes(of process: DemoProcess) -> DemoAttributes {
    var attributes: DemoAttributes = [
      ("service.name", .string(process.service)), ("service.namespace", .string("assistant")),
      ("service.version", .string(process.version)), ("service.instance.id", .string(process.pod)),
      ("deployment.environment.name", .string("production")), ("k8s.namespace.name", .string("assistant")),
      ("k8s.pod.name", .string(process.pod)), ("telemetry.sdk.language", .string(process.language)),
    ]
    if let node = process.node {
      attributes += [("host.name", .string(node)), ("k8s.node.name", .string(node))]
    }
    return attributes
  }

  private func write(_ span: DemoSpan, of trace: DemoTrace, to writer: inout ProtobufWriter) {
    writer.bytes(SpanField.traceID, Self.bytes(trace.high) + Self.bytes(trace.low))
    writer.bytes(SpanField.spanID, Self.bytes(span.id))
    if span.parent != 0 { writer.bytes(SpanField.parentSpanID, Self.bytes(span.parent)) }
    writer.string(SpanField.name, span.name)
    writer.varint(SpanField.kind, span.kind.rawValue)
    writer.fixed64(SpanField.startTime, UInt64(span.start))
    writer.fixed64(SpanField.endTime, UInt64(span.end))
    Self.write(span.attributes, SpanField.attributes, to: &writer)
    for event in span.events {
      writer.message(SpanField.events) { writer in
        writer.fixed64(EventField.time, UInt64(event.time))
        writer.string(EventField.name, event.name)
        Self.write(event.attributes, EventField.attributes, to: &writer)
      }
    }
    guard let failure = span.failure else { return }
    writer.message(SpanField.status) { writer in
      writer.string(StatusField.message, failure)
      writer.varint(StatusField.code, Self.errorCode)
    }
  }

  /// STATUS_CODE_ERROR.
  private static let errorCode: UInt64 = 2

  private func write(_ log: DemoLog, of trace: DemoTrace?, to writer: inout ProtobufWriter) {
    writer.fixed64(LogRecordField.time, UInt64(log.time))
    writer.fixed64(LogRecordField.observedTime, UInt64(log.time))
    writer.varint(LogRecordField.severityNumber, log.severity.rawValue)
    writer.string(LogRecordField.severityText, log.severity.text)
    writer.message(LogRecordField.body) { $0.string(AnyValueField.string, log.text) }
    Self.write(log.attributes, LogRecordField.attributes, to: &writer)
    guard let trace, log.span != 0 else { return }
    writer.bytes(LogRecordField.traceID, Self.bytes(trace.high) + Self.bytes(trace.low))
    writer.bytes(LogRecordField.spanID, Self.bytes(log.span))
  }

  private static func write(_ attributes: DemoAttributes, _ field: UInt32, to writer: inout ProtobufWriter) {
    for (key, value) in attributes {
      writer.message(field) { writer in
        writer.string(KeyValueField.key, key)
        writer.message(KeyValueField.value) { write(value, to: &$0) }
      }
    }
  }

  private static func write(_ value: DemoValue, to writer: inout ProtobufWriter) {
    switch value {
    case .string(let text): writer.string(AnyValueField.string, text)
    case .int(let number): writer.varint(AnyValueField.int, UInt64(bitPattern: Int64(number)))
    case .double(let number): writer.double(AnyValueField.double, number)
    case .bool(let flag): writer.bool(AnyValueField.bool, flag)
    case .strings(let texts):
      writer.message(AnyValueField.array) { writer in
        for text in texts { writer.message(ListField.values) { $0.string(AnyValueField.string, text) } }
      }
    }
  }

  /// Eight bytes, the highest first.
  private static func bytes(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - $0 * 8)) }
  }
}
