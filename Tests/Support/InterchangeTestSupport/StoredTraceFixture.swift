import Base
import EmbeddedEngine
package import Engine
import EngineTestSupport
import OTLPDecoding
import Protobuf
import Schema
import Telemetry
import TelemetryTables
import Testing

@testable import TelemetryQueries
@testable import TraceInterchange

/// A trace in the embedded engine, as a client sent it.
package enum StoredTraceFixture {
  /// The fixture's root, a sibling, and a call of another service, by start.
  static let spans: [StoredSpan] = {
    var sibling = Fixtures.sibling
    sibling.start = UnixNanoseconds(Fixtures.start.rawValue + 1)
    var call = sibling
    call.start = UnixNanoseconds(Fixtures.start.rawValue + 2)
    call.spanID = SpanID(4)
    call.name = "embed"
    call.kind = .client
    call.resource.attributes[0].text = "embeddings"
    call.serviceName = "embeddings"
    return [Fixtures.root, sibling, call]
  }()

  /// The trace as OTLP's protobuf message.
  package static var message: [UInt8] {
    var writer = ProtobufWriter()
    OTLPTraceProtobuf.write(spans, to: &writer)
    return writer.bytes
  }

  /// A store that holds the trace, of the default tenant.
  package static func store() throws -> any AnalyticsEngine {
    // The spans have times of their own, and must outlive them.
    var options = EmbeddedStoreOptions(folder: "")
    options.retention[.traces] = .seconds(3650 * 86_400)
    let store = try EngineFixture.store(options)
    let batch = SpanBatch()
    let outcome = try unsafe message.withUnsafeBytes { body in
      try OTLPDecoder().append(unsafe ExportRequest(body, tenant: .default), to: batch)
    }
    #expect(outcome.accepted == spans.count)
    try store.insert(batch.resources.columns, into: "resources")
    try store.insert(batch.scopes.columns, into: "scopes")
    try store.insert(batch.rows.columns, into: "spans")
    return store
  }
}
