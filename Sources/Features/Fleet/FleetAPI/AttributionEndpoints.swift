package import API
package import AttributionReading
import Base
import Feature
import HTTPTypes
import Identity
package import Prices

/// What spans did to GPUs: `/api/v1/traces/{trace_id}/gpu` and `/api/v1/gpus/{id}/spans`.
///
/// docs/api.md is their reference.
package struct AttributionEndpoints: Sendable {
  private let reader: AttributionReader
  private let registry: NodeRegistry
  private let prices: @Sendable () -> PriceList

  /// - Parameter prices: those that are in force.
  package init(
    reader: AttributionReader, registry: NodeRegistry, prices: @escaping @Sendable () -> PriceList = { .empty }
  ) {
    self.reader = reader
    self.registry = registry
    self.prices = prices
  }

  private static let traceID = Parameter.traceID("trace_id", "The trace's id.").required()
  private static let points = Parameter.integer(
    "points", "The most points of each lane.", 1...1_000, default: 200)
  private static let gpuID = Parameter.text(
    "id", "The UUID of a GPU or of a part of it, as spans name it. \(GPULookup.description)"
  ).required()
  private static let limit = Parameter.limit(default: 50, max: 500)
  private static let traceResponse = JSONResponse("GpuTraceResponse", .data(GPUTrace.shape))
  private static let spanPage = JSONResponse("GpuSpanList", .page(GPUSpan.shape, canWarn: true))

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/traces/{trace_id}/gpu", name: "getTraceGpu",
          summary: "The GPUs of a trace over its time, and what each of its spans did there.", tag: "fleet",
          pathParameters: [Self.traceID.definition], parameters: [Self.points.definition],
          response: Self.traceResponse.definition, problems: [.notFound, .limitReached]), trace),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/gpus/{id}/spans", name: "listGpuSpans",
          summary:
            "Spans on a GPU, or on a part of it, that start in the time range, the newest first, with what they did "
            + "there.",
          tag: "fleet", pathParameters: [Self.gpuID.definition],
          parameters: TimeRangeParameters.all + [Self.limit.definition, Parameter.cursor.definition],
          response: Self.spanPage.definition, problems: [.notFound, .limitReached]), spans),
    ]
  }

  private func trace(_ call: Call<Void>) throws -> HTTPResponse {
    let id = call[Self.traceID]
    let found = try reading(call) { (attribution) throws(AttributionFailure) -> HTTPResponse? in
      guard let trace = try attribution.trace(id) else { return nil }
      return Self.traceResponse(
        GPUTrace(
          id: id, trace: trace, lanes: trace.lanes(pointCountMax: call[Self.points]), prices: prices()))
    }
    guard let found else { throw Problem(.notFound, "There is no trace \(id).") }
    return found
  }

  private func spans(_ call: Call<Void>) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let range = try cursor?.range ?? call.range()
    let place = cursor.map {
      KnownSpanPlace(start: UnixNanoseconds($0.key), traceID: $0.traceID, spanID: SpanID($0.span))
    }
    let name = call[Self.gpuID]
    let reported = try registry.gpuID(name, call)
    let id = reported ?? name
    let found = try reading(call) { (attribution) throws(AttributionFailure) -> HTTPResponse? in
      let (spans, attributed) = try attribution.spans(
        on: [id], startingIn: range, after: place, limit: call[Self.limit])
      if spans.count == 0, place == nil, reported == nil, try !attribution.isKnown(id) { return nil }
      return Self.spanPage(
        call.page(
          GPUSpan.all(attributed, of: spans, prices: prices()),
          next: spans.nextPlace.map {
            Cursor(range: range, key: $0.start.rawValue, traceID: $0.traceID, span: $0.spanID)
          }, warnings: attributed.warnings))
    }
    guard let found else { throw Problem(.notFound, "There is no GPU '\(id)'.") }
    return found
  }

  /// Runs the work of a request; nil where it finds nothing.
  private func reading(
    _ call: Call<Void>, _ work: (TenantAttribution) throws(AttributionFailure) -> HTTPResponse?
  ) throws -> HTTPResponse? {
    do throws(AttributionFailure) {
      let attribution = try reader.attribution(of: call.principal.tenant, during: call.activity)
      guard var response = try work(attribution) else {
        if attribution.isIncomplete { throw .unstoredSpans }
        return nil
      }
      if attribution.isIncomplete { response.fields[IncompleteResponse.field] = "true" }
      return response
    } catch {
      throw Problem(error)
    }
  }
}

extension Problem {
  init(_ error: AttributionFailure) {
    switch error {
    case .query(let failure): self.init(failure)
    case .limitExceeded(let message):
      self.init(.limitReached, message.prefix(1).uppercased() + message.dropFirst() + ".")
    case .missing(let what): self.init(.notImplemented, "This server stores no \(what).")
    }
  }
}
