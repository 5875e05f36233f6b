import Base
import HTTPTypes
import Protobuf
import Testing

@testable import FleetAgent

struct SendOutcomeTests {
  private static let page = SendOutcome.misconfigured(
    reason: "something else than Axonize responds, with status 200 and a page; check --server and what stands before the "
      + "server")

  @Test(arguments: [
    (204, ["x-prometheus-remote-write-samples-written": "7"], "", SendOutcome.accepted(storedCount: 7)),
    (200, [:], "", .accepted()),
    (200, ["content-type": "text/HTML; charset=utf-8"], "<html>log in</html>", Self.page),
    (
      400, ["x-prometheus-remote-write-samples-written": "6"], "1 sample is too old",
      .accepted(storedCount: 6, reason: "the server responds with status 400: 1 sample is too old")
    ),
    (400, [:], "not snappy.", .refused(reason: "the server responds with status 400: not snappy")),
    (413, [:], "", .refused(reason: "the server responds with status 413")),
    (422, [:], "", .refused(reason: "the server responds with status 422")),
    (
      503, ["retry-after": "7"], "full",
      .unavailable(reason: "the server responds with status 503: full", retryAfter: .seconds(7))
    ),
    (
      429, ["retry-after": "86400"], "",
      .unavailable(reason: "the server responds with status 429", retryAfter: .seconds(300))
    ), (500, ["retry-after": "soon"], "", .unavailable(reason: "the server responds with status 500")),
    (
      404, [:], "",
      .misconfigured(
        reason: "the server responds with status 404; check --server and what stands before the server")
    ),
    (
      302, ["location": "https://login.example/\u{1b}[31m"], "",
      .misconfigured(
        reason: "the server responds with status 302, which leads to https://login.example/[31m; check --server and "
          + "what stands before the server")
    ),
  ])
  func `a response says whether to go on, try again or give up`(
    status: Int, fields: [String: String], text: String, expected: SendOutcome
  ) {
    let fields = HTTPFields(fields.map { .init(name: $0.key, value: $0.value) })
    #expect(SendOutcome(status: status, fields: fields, text: text, hasKey: false) == expected)
  }

  /// An export response that says how many points were not taken, and why.
  private static func partial(_ rejected: UInt64, _ message: String) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(1) { partial in
      partial.varint(1, rejected)
      partial.string(2, message)
    }
    return writer.bytes
  }

  private static func rpcStatus(_ message: String) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.varint(1, 8)
    writer.string(2, message)
    return writer.bytes
  }

  private static let exports: [(status: Int, body: [UInt8], expected: SendOutcome)] = [
    (200, [], .accepted()), (202, [], .accepted()),
    (200, partial(3, "too old"), .accepted(rejectedCount: 3, reason: "too old")),
    (200, partial(3, ""), .accepted(rejectedCount: 3, reason: "no reason is given")),
    (200, partial(0, "be\u{7}ware"), .accepted(reason: "beware")),
    (200, partial(.max, "x"), .accepted(rejectedCount: 0, reason: "x")),
    (400, rpcStatus("no message."), .refused(reason: "the server responds with status 400: no message")),
    (413, [], .refused(reason: "the server responds with status 413")),
    (500, rpcStatus("broken"), .refused(reason: "the server responds with status 500: broken")),
    (501, [], .refused(reason: "the server responds with status 501")),
    (429, [], .unavailable(reason: "the server responds with status 429", retryAfter: .seconds(7))),
    (502, [], .unavailable(reason: "the server responds with status 502", retryAfter: .seconds(7))),
    (
      503, rpcStatus("full"), .unavailable(reason: "the server responds with status 503: full", retryAfter: .seconds(7))
    ),
    (504, [], .unavailable(reason: "the server responds with status 504", retryAfter: .seconds(7))),
    (
      404, [],
      .misconfigured(
        reason: "the server responds with status 404; check --server and what stands before the server")
    ),
  ]

  @Test(arguments: exports.indices)
  func `a response to an export says the same as OTLP does`(index: Int) {
    let (status, body, expected) = Self.exports[index]
    let fields: HTTPFields = ["content-type": "application/x-protobuf", "retry-after": "7"]
    #expect(SendOutcome(exportStatus: status, fields: fields, body: body, hasKey: true) == expected)
  }

  @Test(
    "What is no response to an export is somebody else's page",
    arguments: [
      ("text/html", "", true), ("text/html", "<html>", true), (nil, "?", true), ("text/plain", "ok", true), (nil, "", false),
      ("application/json", "{}", false), ("application/x-protobuf", "", false),
    ] as [(String?, String, Bool)])
  func pages(type: String?, body: String, isPage: Bool) {
    var fields = HTTPFields()
    if let type { fields.append("content-type", type) }
    let outcome = SendOutcome(exportStatus: 200, fields: fields, body: Array(body.utf8), hasKey: true)
    #expect((outcome == Self.page) == isPage)
  }

  @Test func `a response to an export that is damaged, or is a page, is told`() {
    let fields: HTTPFields = ["content-type": "application/x-protobuf"]
    guard
      case .accepted(nil, 0, let reason?) = SendOutcome(
        exportStatus: 200, fields: fields, body: [0x0a, 0x7f], hasKey: true)
    else {
      Issue.record("a response that cannot be read was taken")
      return
    }
    #expect(reason.contains("damaged"))
    let page = SendOutcome(
      exportStatus: 502, fields: ["content-type": "text/html"], body: Array("bad gateway\n<hr>".utf8), hasKey: true)
    #expect(page == .unavailable(reason: "the server responds with status 502: bad gateway"))
  }

  @Test func `a name that another program uses is said of a report, and never taken for samples that are stored`() {
    let report = SendOutcome(status: 409, fields: [:], text: "two of them", hasKey: false, isReport: true)
    #expect(report == .accepted(reason: "two of them"))
    #expect(report.problem == "two of them")
    guard case .misconfigured = SendOutcome(status: 409, fields: [:], text: "", hasKey: false) else {
      Issue.record("samples that no Axonize server refused so")
      return
    }
  }

  @Test(arguments: [
    (#"{"type":"t","detail":"This key may not ingest.","request_id":"1"}"#, "This key may not ingest."),
    (#"{"title":"no detail"}"#, #"{"title":"no detail"}"#), ("{broken\nsecond line", "{broken"),
    ("\u{1b}[31mred\u{7}", "[31mred"), ("", ""),
    (String(repeating: "ü", count: 400), String(repeating: "ü", count: 300)),
  ])
  func `what a body says is told, and nothing that differs each time`(body: String, text: String) {
    #expect(SendOutcome.text(Array(body.utf8)) == text)
  }

  @Test(arguments: [(true, "--key-file"), (false, "it needs a key")])
  func `a refused key is told with what to do`(hasKey: Bool, advice: String) throws {
    let outcome = SendOutcome(status: 401, fields: [:], text: "no", hasKey: hasKey)
    guard case .misconfigured(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains(advice))
  }

  @Test(
    arguments: [
      (nil, 0, nil), ("yesterday", 0, nil), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_900_000_000, 0.0),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_787_500_000_000, 9.5),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_770_500_000_000, -7.5),
    ] as [(String?, Int64, Double?)])
  func `clocks are compared in the middle of the exchange`(date: String?, received: Int64, offset: Double?) {
    // A second of the exchange is half a second before its end.
    #expect(
      ServerClock.offset(date, receivedAt: UnixNanoseconds(received), after: .seconds(1)) == offset)
  }

  @Test(
    arguments: [
      ([:], nil, []),
      (
        ["K8S_NODE_NAME": "n1", "SLURMD_NODENAME": "s1", "SLURM_JOB_ID": ""], "n1",
        ["k8s_node_name=n1", "slurm_node_name=s1"]
      ),
      // Outside of a pod the name is anybody's.
      (["NODE_NAME": "n2", "SLURMD_NODENAME": "s1"], "s1", ["slurm_node_name=s1"]),
      (["NODE_NAME": "n2", "KUBERNETES_SERVICE_HOST": "10.0.0.1"], "n2", []),
      (
        ["SLURMD_NODENAME": "s1", "SLURM_JOB_ID": "42", "SLURM_STEP_ID": "0", "SLURM_CLUSTER_NAME": "c"], "s1",
        ["slurm_cluster_name=c", "slurm_node_name=s1", "slurm_job_id=42", "slurm_step_id=0"]
      ),
    ] as [([String: String], String?, [String])])
  func `labels of the machine come from the environment`(
    environment: [String: String], nodeName: String?, labels: [String]
  ) {
    let found = NodeLabels(environment)
    #expect(found.nodeName == nodeName)
    #expect(found.labels.map { "\($0.name)=\($0.value)" } == labels)
  }
}
