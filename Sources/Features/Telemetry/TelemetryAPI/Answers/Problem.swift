import HTTPTypes
import JSON
import TraceQL
import TelemetryQueries

/// An error as the API answers it: RFC 9457 problem details with a stable code.
struct Problem: Error, Sendable {
  let status: Int
  /// What clients switch on, in snake_case.
  let code: Code
  /// What went wrong with this request and what to do, in sentences.
  let detail: String
  /// What is wrong with single parameters.
  var errors: [ParameterError] = []
  /// Further fields of the response.
  var fields: [(name: String, value: String)] = []

  /// Every code of the API with its title.
  enum Code: String, CaseIterable {
    case invalidParameter = "invalid_parameter"
    case notFound = "not_found"
    case traceNotFound = "trace_not_found"
    case methodNotAllowed = "method_not_allowed"
    case forbidden = "forbidden"
    case queryTimeout = "query_timeout"
    case queryTooLarge = "query_too_large"
    case storeUnavailable = "store_unavailable"
    case overloaded = "overloaded"
    case internalError = "internal_error"

    var title: String {
      switch self {
      case .invalidParameter: "Invalid parameter"
      case .notFound: "Not found"
      case .traceNotFound: "Trace not found"
      case .methodNotAllowed: "Method not allowed"
      case .forbidden: "Forbidden"
      case .queryTimeout: "Query timed out"
      case .queryTooLarge: "Query too large"
      case .storeUnavailable: "Store unavailable"
      case .overloaded: "Overloaded"
      case .internalError: "Internal error"
      }
    }
  }

  /// One parameter and what is wrong with it.
  struct ParameterError: Sendable, Hashable {
    let parameter: String
    let detail: String
    /// Where in the parameter's text, for `q`.
    var position: SourcePosition?
  }

  static func invalid(_ errors: [ParameterError]) -> Problem {
    let detail = errors.map { "\($0.parameter): \($0.detail)" }.joined(separator: "; ")
    return Problem(status: 400, code: .invalidParameter, detail: detail, errors: errors)
  }

  static func invalid(_ parameter: String, _ detail: String) -> Problem {
    invalid([ParameterError(parameter: parameter, detail: detail)])
  }

  /// What a failed query is answered with; the engine's own words stay in the log.
  init(_ failure: QueryFailure) {
    switch failure.reason {
    case .timeout:
      self.init(
        status: 504, code: .queryTimeout,
        detail: "The query took too long. Narrow the time range or add a filter on service or operation.")
    case .tooLarge:
      self.init(
        status: 503, code: .queryTooLarge,
        detail: "The query needs more memory than one query may take. Narrow the time range or add a filter.")
    case .invalidRegex(let reason, let position):
      let detail = "a regular expression is not valid RE2 (\(reason)); see https://github.com/google/re2/wiki/Syntax"
      self = .invalid([ParameterError(parameter: "q", detail: detail, position: position)])
    case .unavailable, .cancelled:
      self.init(
        status: 503, code: .storeUnavailable, detail: "The store is not available at the moment. Try again soon.")
      fields = [("retry-after", "5")]
    case .overloaded:
      self.init(status: 503, code: .overloaded, detail: "Too many queries are waiting. Try again in a moment.")
      fields = [("retry-after", "1")]
    case .defect:
      self.init(
        status: 500, code: .internalError,
        detail: "The server made a mistake; its log has the details. Please report it with this request's id.")
    }
  }

  init(
    status: Int, code: Code, detail: String, errors: [ParameterError] = [],
    fields: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.errors = errors
    self.fields = fields
  }

  /// The response to a request. `instance` is the request's target; `request_id` finds it in the log.
  func response(to request: HTTPRequest) -> HTTPResponse {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("type", "urn:axonize:problem:\(code.rawValue)")
      writer.member("title", code.title)
      writer.member("status", status)
      writer.member("code", code.rawValue)
      writer.member("detail", detail)
      writer.member("instance", request.path)
      if let id = request.fields["x-request-id"] { writer.member("request_id", id) }
      guard !errors.isEmpty else { return }
      writer.key("errors")
      writer.array { writer in
        for error in errors { Self.write(error, to: &writer) }
      }
    }
    var response = HTTPResponse(status: status, contentType: "application/problem+json", body: writer.bytes)
    for field in fields { response.fields[field.name] = field.value }
    return response
  }

  private static func write(_ error: ParameterError, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("parameter", error.parameter)
      writer.member("detail", error.detail)
      guard let position = error.position else { return }
      writer.member("line", position.line)
      writer.member("column", position.column)
    }
  }
}
