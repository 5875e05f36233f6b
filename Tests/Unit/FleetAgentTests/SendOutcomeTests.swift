import Base
import HTTPTypes
import Testing

@testable import FleetAgent

struct SendOutcomeTests {
  @Test(arguments: [
    (204, ["x-prometheus-remote-write-samples-written": "7"], "", SendOutcome.accepted(storedCount: 7)),
    (200, [:], "", .accepted()),
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
