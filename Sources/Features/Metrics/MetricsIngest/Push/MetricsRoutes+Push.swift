package import API
import Base
import Commit
import HTTP1
import HTTPServer
import HTTPTypes
import Identity
import LineProtocol
import System

// Custom metrics as JSON.
extension MetricsRoutes {
  private static let samplesRefused = ProblemCode("samples_refused", 422)
  private static let requestTooLarge = ProblemCode("request_too_large", 413)

  /// The operation for the OpenAPI document.
  package static let push: EndpointDefinition = {
    var definition = EndpointDefinition(
      .post, "/api/v1/metrics/push", name: "pushMetrics",
      summary: "Stores samples: an object, a list of objects, or an object on each line.", tag: "metrics",
      permission: .ingest, response: .empty(),
      problems: [
        .invalidBody, .unsupportedMediaType, samplesRefused, requestTooLarge, .methodNotAllowed, .overloaded,
      ])
    definition.ingested = IngestedBody(PushedSample.schemaName, PushedSample.schema)
    return definition
  }()

  func pushRoute(_ request: RequestView) -> HTTPRoute {
    guard request.method == .post else {
      var response = request.response(.methodNotAllowed, "Send samples with POST.")
      response.fields["allow"] = "POST"
      return .respond(response)
    }
    switch authenticator.authenticate(request) {
    case .failure(let failure):
      var response = request.response(failure.code, failure.message)
      if failure != .unavailable { response.fields["www-authenticate"] = "Bearer" }
      return .respond(response)
    case .success(let principal) where !principal.may(.ingest):
      return .respond(Problem(missing: .ingest).response(to: request))
    case .success(let principal):
      let (tenant, lane) = (principal.tenant, request.loopIndex)
      guard let encoding = Self.pushEncoding(request.field(.contentType) ?? "") else {
        return .respond(
          request.response(
            .unsupportedMediaType,
            "Send application/json or application/x-ndjson, or text/plain in Prometheus' text format."))
      }
      let id = request.field("x-request-id").flatMap { RequestID($0) } ?? RequestID()
      let place = PushPlace(path: request.path, requestID: id.text)
      return unsafe .raw(bodyBytesMax: bodyBytesMax) { [ingest] body, responder in
        do throws(SampleDecodeError) {
          try unsafe ingest.submit(body, encoding, tenant: tenant, lane: lane) { outcome, _ in
            responder.complete(Self.response(to: outcome, place))
          }
        } catch {
          responder.complete(Self.response(to: error, place))
        }
      }
    }
  }

  /// The form by the content type; curl sends what it is given as a form where nobody says otherwise.
  private static func pushEncoding(_ contentType: String) -> SampleEncoding? {
    switch contentType.prefix(while: { $0 != ";" }).lowercased().filter({ $0 != " " }) {
    case "", "application/json", "application/x-ndjson", "application/ndjson", "application/jsonl",
      "application/x-www-form-urlencoded":
      .pushedJSON
    case "text/plain": .prometheusText
    case "application/openmetrics-text": .openMetricsText
    default: nil
    }
  }

  /// Where a request came, for its problems.
  private struct PushPlace: Sendable {
    let path: String
    let requestID: String
  }

  private static func response(to error: SampleDecodeError, _ place: PushPlace) -> HTTPResponse {
    guard case .mistaken(let mistake) = error else { return response(to: RequestOutcome(error), place) }
    return response(.invalid([.init(.body(mistake.pointer), mistake.reason)], code: .invalidBody), place)
  }

  private static func response(to outcome: RequestOutcome, _ place: PushPlace) -> HTTPResponse {
    let problem: Problem? =
      switch outcome {
      case .accepted: nil
      case .partial(let count, let reason):
        Problem(samplesRefused, "\(RefusedSamples.text(count)), the others are kept. The first: \(reason).")
      case .refused(.malformed, let message): Problem(.invalidBody, message)
      case .refused(.tooLarge, let message): Problem(requestTooLarge, message)
      case .refused(.notStorable, let message): Problem(.internalError, message)
      case .retry(_, let message, let delay):
        Problem(
          .overloaded, message, fields: [("retry-after", String(max(1, delay.components.seconds)))])
      }
    return problem.map { response($0, place) } ?? HTTPResponse(status: 204, contentType: "application/json", body: [])
  }

  private static func response(_ problem: Problem, _ place: PushPlace) -> HTTPResponse {
    var response = problem.response(instance: place.path, requestID: place.requestID)
    response.fields["x-request-id"] = place.requestID
    return response
  }
}
