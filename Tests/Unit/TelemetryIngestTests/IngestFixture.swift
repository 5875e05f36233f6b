import Base
import Columns
import Commit
import Engine
import OTLP
import OTLPDecoding
import OTLPExport
import Protobuf
import Telemetry
import TelemetryIngest

/// Ingest of all signals into a faulty engine.
struct IngestFixture: Sendable {
  let engine = FaultyEngine()
  let ingest: TelemetryIngest

  init(
    limits: IngestLimits = IngestLimits(), commitLimits: CommitLimits = CommitLimits(), laneCount: Int = 2
  ) throws {
    let references = ReferenceTables(inserter: engine)
    let engine = engine
    func stream<Rows: ExportedRows>(_: Rows.Type) throws -> SignalStream<Rows> {
      let commit = try GroupCommit<Rows>(
        name: "commit-\(Rows.signal.rawValue)", laneCount: laneCount, limits: commitLimits, recognisesRepeats: true,
        gate: OpenGate(),
        sink: CommitSink(
          table: Rows.table.declaration.name, inserter: engine, references: references, logger: .disabled,
          sleep: { _ in }))
      return SignalStream(commit, laneCount: laneCount, limits: limits)
    }
    ingest = TelemetryIngest(
      spans: try stream(SpanBlock.self), logs: try stream(LogBlock.self), now: { UnixNanoseconds(77) })
  }

  func export(
    _ signal: OTLPSignal, _ body: [UInt8], _ encoding: OTLPEncoding = .protobuf, lane: Int = 0
  ) async -> RequestOutcome {
    guard let service = ingest.services.first(where: { $0.signal == signal }) else {
      return .refused(.malformed, "nothing takes \(signal)")
    }
    return await withCheckedContinuation { continuation in
      unsafe body.withUnsafeBytes { bytes in
        unsafe service.export(encoding, bytes, .default, lane) { continuation.resume(returning: $0) }
      }
    }
  }
}

struct OpenGate: IngestGate {
  let refusal: String? = nil
}

/// Export requests of one record, told apart by their text.
enum Body {
  static func id(_ body: [UInt8]) -> UInt64 { unsafe body.withUnsafeBytes { unsafe ByteHash.hash($0) } }

  static func trace(_ text: String) -> [UInt8] {
    record { span in
      span.bytes(SpanField.traceID, [UInt8](1...16))
      span.bytes(SpanField.spanID, [UInt8](1...8))
      span.string(SpanField.name, "span")
      span.fixed64(SpanField.startTime, 1_760_000_000_000_000_000)
      span.message(SpanField.attributes) { attribute in
        attribute.string(KeyValueField.key, "text")
        attribute.message(KeyValueField.value) { $0.string(AnyValueField.string, text) }
      }
    }
  }

  static func log(_ text: String, time: UInt64? = nil, observed: UInt64? = nil) -> [UInt8] {
    record { log in
      if let time { log.fixed64(LogRecordField.time, time) }
      if let observed { log.fixed64(LogRecordField.observedTime, observed) }
      log.message(LogRecordField.body) { $0.string(AnyValueField.string, text) }
    }
  }

  private static func record(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(EnvelopeField.resourceGroups) { group in
      group.message(EnvelopeField.scopeGroups) { scopeGroup in
        scopeGroup.message(EnvelopeField.records) { write(&$0) }
      }
    }
    return writer.bytes
  }
}
