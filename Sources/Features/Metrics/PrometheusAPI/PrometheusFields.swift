import API
import Base
import HTTPTypes
import PromQL

/// The parameters of a request to Prometheus' API, of its query string or of a form; unknown names are ignored.
struct PrometheusFields: Sendable {
  private let parameters: [QueryParameter]

  /// - Throws: a problem where a text cannot be decoded, or the body is no form.
  init(_ request: HTTPRequest) throws(Problem) {
    var texts = [request.query]
    if request.method == .post, !request.body.isEmpty {
      let type = (request.fields["content-type"] ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
      guard type == "application/x-www-form-urlencoded" else {
        throw .badData("unsupported content type '\(type)'; send the parameters as application/x-www-form-urlencoded")
      }
      texts.append(String(decoding: request.body, as: UTF8.self))
    }
    var parameters: [QueryParameter] = []
    for text in texts {
      guard let parsed = QueryParameter.parse(text) else {
        throw .badData("the parameters are not percent-encoded UTF-8; encode `%` as `%25`")
      }
      parameters += parsed
    }
    self.parameters = parameters.filter { !$0.value.isEmpty }
  }

  /// The first value of a name.
  func text(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// Every value of a name.
  func texts(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

  /// A time in milliseconds since 1970: seconds with a fraction, or RFC 3339.
  func time(_ name: String) throws(Problem) -> Int64? {
    guard let text = text(name) else { return nil }
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < Self.secondsMax {
      return Int64((seconds * 1_000).rounded())
    }
    guard let time = RFC3339.parse(text) else {
      throw .badData("invalid parameter \"\(name)\": cannot parse \"\(text)\" to a valid timestamp")
    }
    return time.rawValue / 1_000_000
  }

  /// A duration in milliseconds, above 0: seconds with a fraction, or as in PromQL.
  func duration(_ name: String) throws(Problem) -> Int64? {
    guard let text = text(name) else { return nil }
    if let seconds = Double(text), seconds.isFinite, abs(seconds) < Self.secondsMax {
      return Int64((seconds * 1_000).rounded())
    }
    guard let duration = PromQLDuration.milliseconds(text) else {
      throw .badData("invalid parameter \"\(name)\": cannot parse \"\(text)\" to a valid duration")
    }
    return duration
  }

  /// Times of more seconds do not fit the nanoseconds of rows.
  private static let secondsMax = 9_000_000_000.0
}
