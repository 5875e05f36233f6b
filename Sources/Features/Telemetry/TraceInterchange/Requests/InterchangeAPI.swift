package import API
import HTTPTypes

/// The query API of another product, such as Jaeger, over the stored traces.
package struct InterchangeAPI: Sendable {
  /// The name of the product.
  package let name: String
  /// Below which all of the API is served, for example `/jaeger`.
  let prefix: String
  /// The form of the problem that a path is not served.
  let problems: ProblemForm
  let endpoints: [InterchangeEndpoint]

  package init(_ name: String, prefix: String, problems: ProblemForm, endpoints: [InterchangeEndpoint]) {
    self.name = name
    self.prefix = prefix
    self.problems = problems
    self.endpoints = endpoints
  }

  /// The whole API below its prefix; every other path there is refused in its own form.
  var prefixed: [Endpoint<InterchangeContext>] {
    endpoints.map { $0.endpoint(below: "\(prefix)/api", of: name) }
      + ["", "{path+}"].map {
        InterchangeEndpoint.nothing(at: $0, of: name, problems: problems).endpoint(below: prefix, of: name)
      }
  }
}

extension InterchangeEndpoint {
  /// Refuses a path that an API does not have.
  package static func nothing(at path: String, of api: String, problems: ProblemForm) -> InterchangeEndpoint {
    InterchangeEndpoint(path, problems: problems) { call in throw Problem.unknownPath(call.request.path, of: api) }
  }
}

extension Problem {
  /// An API does not have a path.
  package static func unknownPath(_ path: String, of api: String) -> Problem {
    Problem(
      .notFound, "There is nothing at \(path). docs/compatibility.md lists the supported part of \(api)'s API.")
  }

  /// A parameter that cannot be read.
  package static func parameter(_ name: String, _ reason: String) -> Problem {
    Problem(.invalidParameter, "Parameter '\(name)': \(reason).")
  }
}
