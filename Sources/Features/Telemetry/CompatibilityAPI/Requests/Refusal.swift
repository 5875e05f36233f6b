import TelemetryQueries

/// Why a request is refused, in words for the client.
struct Refusal: Error, Sendable {
  let status: Int
  /// What is wrong and what to do, in sentences.
  let message: String
  /// Further fields of the response.
  var fields: [(name: String, value: String)] = []

  init(_ status: Int, _ message: String, fields: [(name: String, value: String)] = []) {
    self.status = status
    self.message = message
    self.fields = fields
  }

  /// A parameter that cannot be read.
  static func parameter(_ name: String, _ reason: String) -> Refusal { Refusal(400, "Parameter '\(name)': \(reason).") }

  /// What a failed query is answered with; the engine's own words stay in the log.
  init(_ failure: QueryFailure) {
    switch failure.reason {
    case .timeout:
      self.init(504, "The query took too long. Narrow the time range or add a filter on service or operation.")
    case .tooLarge:
      self.init(503, "The query needs more memory than one query may take. Narrow the time range or add a filter.")
    case .invalidRegex:
      self.init(400, "A regular expression is not valid RE2; see https://github.com/google/re2/wiki/Syntax")
    case .unavailable, .cancelled:
      self.init(
        503, "The store is not available at the moment. Try again soon.", fields: [("retry-after", "5")])
    case .overloaded:
      self.init(503, "Too many queries are waiting. Try again in a moment.", fields: [("retry-after", "1")])
    case .defect:
      self.init(500, "The server made a mistake; its log has the details. Please report it with this request's id.")
    }
  }
}
