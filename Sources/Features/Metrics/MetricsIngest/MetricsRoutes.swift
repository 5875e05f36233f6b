import API
import Base
import Commit
import HTTP1
package import HTTPServer
import HTTPTypes
package import Identity
import OTLP
import OTLPExport
import RemoteWrite
import System

/// The routes that take samples: as Prometheus does by remote write, OTLP and pages in the text formats, as JSON, and in
/// InfluxDB's line protocol.
package struct MetricsRoutes: ProtocolRoutes {
  package let name = "Prometheus"
  package let paths = [
    "/api/v1/write", "/api/v1/otlp/v1/metrics", "/api/v1/import/prometheus", "/api/v1/metrics/push", "/influx/write",
  ]

  let ingest: MetricsIngest
  let authenticator: Authenticator
  /// The largest body after decompression.
  let bodyBytesMax: Int

  package init(ingest: MetricsIngest, authenticator: Authenticator, bodyBytesMax: Int) {
    self.ingest = ingest
    self.authenticator = authenticator
    self.bodyBytesMax = bodyBytesMax
  }

  /// How to respond to a request; nil for a path that is none of these.
  package func route(_ request: RequestView) -> HTTPRoute? {
    guard !request.isGRPC else { return nil }
    if request.isPath("/api/v1/write") || request.isPath("/prometheus/api/v1/write") {
      return route(request, Self.remoteWriteEncoding)
    }
    if request.isPath("/api/v1/import/prometheus") || request.isPath("/prometheus/api/v1/import/prometheus") {
      return route(request, Self.textEncoding)
    }
    if request.isPath("/api/v1/otlp/v1/metrics") || request.isPath("/prometheus/api/v1/otlp/v1/metrics") {
      return unsafe request.exportRoute(authenticator, bodyBytesMax: bodyBytesMax) {
        [service = ingest.otlpService] encoding, body, tenant, lane, responder in
        unsafe service.export(encoding, body, tenant, lane) { outcome in
          responder.complete(outcome.response(.metrics, encoding))
        }
      }
    }
    if request.isPath("/api/v1/metrics/push") { return pushRoute(request) }
    return influxRoute(request)
  }

  private func route(
    _ request: RequestView, _ encoding: (RequestView) -> Result<SampleEncoding, Refusal>
  ) -> HTTPRoute {
    guard request.method == .post else {
      return .respond(.text(405, "send samples with POST", fields: ["allow": "POST"]))
    }
    switch (encoding(request), authenticator.admitIngest(request)) {
    case (_, .failure(let refusal)):
      var response = HTTPResponse.text(refusal.httpStatus, refusal.message)
      if refusal.httpStatus == 401 { response.fields["www-authenticate"] = "Bearer" }
      return .respond(response)
    case (.failure(let refusal), _): return .respond(.text(415, refusal.message))
    case (.success(let encoding), .success(let principal)):
      let tenant = principal.tenant
      let lane = request.loopIndex
      return unsafe .raw(bodyBytesMax: bodyBytesMax) { [ingest] body, responder in
        unsafe ingest.store(body, encoding, tenant: tenant, lane: lane) { outcome, written in
          responder.complete(outcome.response(written: written))
        }
      }
    }
  }

  private struct Refusal: Error { let message: String }

  private static func remoteWriteEncoding(_ request: RequestView) -> Result<SampleEncoding, Refusal> {
    let contentType = request.field(.contentType) ?? ""
    return switch RemoteWriteMessage(contentType: contentType) {
    case .version1: .success(.remoteWrite1)
    case .version2: .success(.remoteWrite2)
    case nil:
      .failure(
        Refusal(
          message: "unsupported content type '\(contentType)'; remote write sends application/x-protobuf, with "
            + "proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request"))
    }
  }

  private static func textEncoding(_ request: RequestView) -> Result<SampleEncoding, Refusal> {
    let contentType = (request.field(.contentType) ?? "").lowercased()
    // curl's --data sends pages as a form.
    let known = ["", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
    switch contentType.prefix(while: { $0 != ";" }).filter({ $0 != " " }) {
    case "application/openmetrics-text": return .success(.openMetricsText)
    case let type where known.contains(type): return .success(.prometheusText)
    case let type:
      return .failure(
        Refusal(message: "unsupported content type '\(type)'; send text/plain or application/openmetrics-text"))
    }
  }
}

/// How a response says how many samples were refused.
enum RefusedSamples {
  static func text(_ count: Int) -> String { count == 1 ? "1 sample was refused" : "\(count) samples were refused" }
}

extension RequestOutcome {
  /// The response over HTTP.
  ///
  /// What may come again is 503 with Retry-After; senders drop a request at any other 4xx.
  /// - Parameter written: what is kept, which remote write 2.0 wants to know: without the fields Prometheus takes
  ///   a response for that of a server that knows 1.0 only, and the samples for lost.
  fileprivate func response(written: WrittenCounts?) -> HTTPResponse {
    var response = response
    guard let written else { return response }
    response.fields["x-prometheus-remote-write-samples-written"] = String(written.samples)
    response.fields["x-prometheus-remote-write-histograms-written"] = "0"
    response.fields["x-prometheus-remote-write-exemplars-written"] = String(written.exemplars)
    return response
  }

  private var response: HTTPResponse {
    switch self {
    case .accepted: return HTTPResponse(status: 204, contentType: "text/plain", body: [])
    // The valid samples are kept, and the sender must not repeat them.
    case .partial(let rejected, let reason): return .text(400, "\(RefusedSamples.text(rejected)): \(reason)")
    case .refused(.malformed, let message): return .text(400, message)
    case .refused(.tooLarge, let message): return .text(413, message)
    case .refused(.notStorable, let message): return .text(500, message)
    case .retry(_, let message, let delay):
      return .text(503, message, fields: ["retry-after": String(max(1, delay.components.seconds))])
    }
  }
}

extension HTTPResponse {
  fileprivate static func text(_ status: Int, _ message: String, fields: HTTPFields = [:]) -> HTTPResponse {
    var fields = fields
    fields["content-type"] = "text/plain; charset=utf-8"
    return HTTPResponse(status: status, fields: fields, body: .bytes(Array((message + "\n").utf8)))
  }
}
