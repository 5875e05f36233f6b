package import Base
package import Engine
package import HTTPTypes

/// An error as the API responds with it: RFC 9457 problem details with a stable code.
package struct Problem: Error, Sendable {
  package let code: ProblemCode
  /// What went wrong with this request and what to do, in sentences.
  package let detail: String
  /// What is wrong with single parameters and members of the body.
  package var mistakes: [Mistake] = []
  /// Further fields of the response.
  package var fields: [(name: String, value: String)] = []

  package var status: Int { code.status }

  /// One thing that is wrong with a request, and where.
  package struct Mistake: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
      case parameter(String)
      /// A JSON Pointer into the body (RFC 6901).
      case body(String)
    }

    package let place: Place
    package let detail: String
    /// Where in the text of a parameter, for queries.
    package let position: SourcePosition?

    package init(_ place: Place, _ detail: String, at position: SourcePosition? = nil) {
      self.place = place
      self.detail = detail
      self.position = position
    }

    fileprivate var name: String {
      switch place {
      case .parameter(let name): name
      case .body(let pointer): pointer.isEmpty ? "the body" : pointer
      }
    }
  }

  package init(_ code: ProblemCode, _ detail: String, fields: [(name: String, value: String)] = []) {
    self.code = code
    self.detail = detail
    self.fields = fields
  }

  package static func invalid(_ mistakes: [Mistake], code: ProblemCode = .invalidParameter) -> Problem {
    var problem = Problem(code, mistakes.map { "\($0.name): \($0.detail)" }.joined(separator: "; "))
    problem.mistakes = mistakes
    return problem
  }

  package static func invalid(_ parameter: String, _ detail: String) -> Problem {
    invalid([Mistake(.parameter(parameter), detail)])
  }

  /// The response to a failed query; the engine's own message is only in the log.
  package init(_ failure: QueryFailure) {
    switch failure.reason {
    case .timeout:
      self.init(
        .queryTimeout, "The query took too long. Narrow the time range or add a filter on service or operation.")
    case .tooLarge:
      self.init(
        .queryTooLarge,
        "The query needs more memory than one query may take. Narrow the time range or add a filter.")
    case .invalidRegex(let reason, let position):
      let detail = "a regular expression is not valid RE2 (\(reason)); see https://github.com/google/re2/wiki/Syntax"
      self = .invalid([Mistake(.parameter("q"), detail, at: position)])
    case .unavailable, .cancelled:
      self.init(
        .storeUnavailable, "The store is not available at the moment. Try again soon.", fields: [("retry-after", "5")])
    case .overloaded:
      self.init(.overloaded, "Too many queries are waiting. Try again in a moment.", fields: [("retry-after", "1")])
    case .defect:
      self.init(
        .internalError,
        "The server made a mistake; its log has the details. Please report it with this request's id.")
    }
  }

  /// The response to a request.
  ///
  /// `instance` is the request's target; `request_id` finds it in the log.
  package func response(to request: HTTPRequest) -> HTTPResponse {
    response(instance: request.path, requestID: request.fields["x-request-id"])
  }

  /// - Parameters:
  ///   - instance: the path of the request.
  ///   - requestID: the id by which the request is found in the log.
  package func response(instance: String, requestID: String?) -> HTTPResponse {
    ProblemBody(problem: self, instance: instance, requestID: requestID).response()
  }
}
