import APITestSupport
import HTTPTypes
import JSON
import Testing

@testable import API

/// The forms that errors have.
@Suite struct ProblemFormTests {
  private static let problem = Problem(.overloaded, "Wait \"a\" moment.", fields: [("retry-after", "1")])
  private static let own = ProblemForm(.object { $0.member("why", .string) { $0.problem.detail } })

  private static func written(_ form: ProblemForm, accept: String? = nil) -> (response: HTTPResponse, text: String) {
    var request = HTTPRequest(method: .get, path: "/a", fields: ["x-request-id": "r1"])
    request.fields["accept"] = accept
    let response = form.response(problem, to: request)
    guard case .bytes(let body) = response.body else { return (response, "a stream") }
    return (response, String(decoding: body, as: UTF8.self))
  }

  @Test(arguments: [
    (
      ProblemForm.problemDetails, "application/problem+json",
      #"{"type":"urn:axonize:problem:overloaded","title":"Overloaded","status":503,"code":"overloaded","#
        + #""detail":"Wait \"a\" moment.","instance":"/a","request_id":"r1"}"#
    ),
    (.plainText, "text/plain; charset=utf-8", "Wait \"a\" moment.\n"),
    (own, "application/json", #"{"why":"Wait \"a\" moment."}"#),
  ])
  func `a problem has the form of the API, and its fields in every form`(
    form: ProblemForm, type: String, text: String
  ) throws {
    let written = Self.written(form)
    #expect(written.response.status == 503)
    #expect(written.response.fields["content-type"] == type)
    #expect(written.response.fields["retry-after"] == "1")
    #expect(written.text == text)
    guard let schema = form.schema else { return }
    #expect(SchemaCheck(form.schemas).problems(try JSONValue(parsing: written.text), schema) == [])
  }

  @Test(arguments: [("text/plain", "text/plain; charset=utf-8"), ("*/*", "application/json")])
  func `some requests get another form`(accept: String, type: String) {
    let form = Self.own.or(.plainText) { $0.fields["accept"] == "text/plain" }
    #expect(form.schema == Self.own.schema)
    #expect(Self.written(form, accept: accept).response.fields["content-type"] == type)
  }
}
