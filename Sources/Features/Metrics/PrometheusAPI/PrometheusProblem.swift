import API
import JSON
import PromQL
import Series

/// Errors of Prometheus' API: the name of the code is `errorType` of the response.
extension ProblemCode {
  fileprivate static let badData = ProblemCode("bad_data", 400)
  fileprivate static let execution = ProblemCode("execution", 422)
  fileprivate static let canceled = ProblemCode("canceled", 499)
  fileprivate static let timeout = ProblemCode("timeout", 503)
  fileprivate static let unavailable = ProblemCode("unavailable", 503)

  /// What Prometheus calls the error.
  fileprivate var prometheusType: String {
    let own: [ProblemCode] = [.badData, .execution, .canceled, .timeout, .unavailable, .notFound]
    if own.contains(self) { return name }
    return switch status {
    case 400: ProblemCode.badData.name
    case 401, 403: "unauthorized"
    case 504: ProblemCode.timeout.name
    case 503: ProblemCode.unavailable.name
    default: "internal"
    }
  }
}

extension Problem {
  /// A parameter that cannot be read.
  static func badData(_ message: String) -> Problem { Problem(.badData, message) }

  init(_ error: EvaluationError) {
    switch error {
    case .cancelled: self.init(.canceled, "\(error)")
    case .timeout: self.init(.timeout, "\(error)")
    case .unavailable: self.init(.unavailable, "\(error)")
    case .limitExceeded, .failed: self.init(.execution, "\(error)")
    }
  }

  init(_ error: SeriesError) {
    switch error {
    case .cancelled: self.init(EvaluationError.cancelled)
    case .timeout: self.init(EvaluationError.timeout)
    case .limitExceeded(let message): self.init(.execution, message)
    case .unavailable(let message): self.init(.unavailable, message)
    }
  }
}

extension ProblemForm {
  /// Errors as Prometheus writes them.
  static let prometheus = ProblemForm(
    JSONShape<ProblemBody>.object { body in
      body.member("status", .string) { _ in "error" }
      body.member("errorType", .string) { $0.problem.code.prometheusType }
      body.member("error", .string) { $0.problem.detail }
    }
    .named("PrometheusError"))
}
