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
      .accepted(storedCount: 6, reason: "status 400, '1 sample is too old'")
    ),
    (400, [:], "not snappy", .refused(reason: "status 400, 'not snappy'")),
    (413, [:], "", .refused(reason: "status 413")), (422, [:], "", .refused(reason: "status 422")),
    (503, ["retry-after": "7"], "full", .unavailable(reason: "status 503, 'full'", retryAfter: .seconds(7))),
    (429, ["retry-after": "86400"], "", .unavailable(reason: "status 429", retryAfter: .seconds(300))),
    (500, ["retry-after": "soon"], "", .unavailable(reason: "status 500")),
    (
      404, [:], "",
      .misconfigured(
        reason: "the server responds with status 404, which no Axonize server does; check --server and proxies before "
          + "it")
    ),
  ])
  func `a response says whether to go on, try again or give up`(
    status: Int, fields: [String: String], text: String, expected: SendOutcome
  ) {
    let fields = HTTPFields(fields.map { .init(name: $0.key, value: $0.value) })
    #expect(SendOutcome(status: status, fields: fields, text: text, hasKey: false) == expected)
  }

  @Test(arguments: [(true, "--key-file"), (false, "it wants a key")])
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
