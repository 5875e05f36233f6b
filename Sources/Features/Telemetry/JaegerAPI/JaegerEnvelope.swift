import API

/// A response of Jaeger's second API: `data` in the envelope that all of its endpoints share.
struct JaegerEnvelope<Data: Sendable>: Sendable {
  let data: Data
  /// Zero where the endpoint does not count.
  var total = 0
  var errors: [JaegerError] = []
}

/// An error within a response of Jaeger's second API.
struct JaegerError: Sendable {
  var code: Int?
  var message: String
  var traceID: String?
}

extension JSONShape {
  static func envelope<Data: Sendable>(_ data: JSONShape<Data>) -> JSONShape where Value == JaegerEnvelope<Data> {
    .object { envelope in
      envelope.member("data", data) { $0.data }
      envelope.member("total", .integer) { $0.total }
      envelope.member("limit", .integer) { _ in 0 }
      envelope.member("offset", .integer) { _ in 0 }
      envelope.member("errors", .orNull(.list(.jaegerError))) { $0.errors.isEmpty ? nil : $0.errors }
    }
  }
}

extension JSONShape where Value == JaegerError {
  fileprivate static var jaegerError: JSONShape {
    object { error in
      error.optionalMember("code", .integer) { $0.code }
      error.member("msg", .string) { $0.message }
      error.optionalMember("traceID", .string) { $0.traceID }
    }
  }
}

extension ProblemForm {
  /// `{"data":null,…,"errors":[{"code","msg"}]}`, as Jaeger's second API has it.
  static let jaeger = ProblemForm(
    JSONShape.envelope(.null).of { body in
      JaegerEnvelope(data: (), errors: [JaegerError(code: body.problem.status, message: body.problem.detail)])
    })

  /// `{"error":{"httpCode","message"}}`, as Jaeger's third API has it.
  static let jaegerV3 = ProblemForm(
    .object { body in
      let error = JSONShape<ProblemBody>.object { error in
        error.member("httpCode", .integer) { $0.problem.status }
        error.member("message", .string) { $0.problem.detail }
      }
      body.member("error", error) { $0 }
    })
}
