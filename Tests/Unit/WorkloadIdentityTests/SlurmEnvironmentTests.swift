import Testing

@testable import WorkloadIdentity

/// Goal: of an environment only Slurm's variables are kept, whatever else it holds and however it is cut into pieces.
@Suite struct SlurmEnvironmentTests {
  private static let environment = [
    "PATH=/usr/bin", "AWS_SECRET_ACCESS_KEY=verysecret", "SLURM_JOB_ID=4711", "SLURM_JOB_NAME=train llama",
    "SLURM_JOB_USER=alice", "SLURM_JOB_PARTITION=gpu", "SLURM_STEP_ID=0", "SLURM_CLUSTER_NAME=hall-2",
    "SLURM_ARRAY_JOB_ID=4700", "SLURM_ARRAY_TASK_ID=11", "SLURM_PROCID=3", "SLURM_JWT=token", "SLURM_JOB_ID=666",
    "XSLURM_JOB_NAME=no", "SLURM_JOB_ID_X=no", "EMPTY", "",
  ].map { $0 + "\0" }.joined()

  private func read(_ text: String, chunk: Int = 1 << 20) -> SlurmEnvironment {
    var environment = SlurmEnvironment()
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + chunk)
      environment.append(Array(bytes[start..<end]))
      start = end
    }
    environment.finish()
    return environment
  }

  @Test(arguments: [1, 2, 7, 64, 4_096]) func `Slurm's variables are read in pieces of any size`(chunk: Int) throws {
    let environment = read(Self.environment, chunk: chunk)
    #expect(Set(environment.values.keys) == SlurmEnvironment.names)
    let job = try #require(environment.job(nil, step: nil))
    var expected = SlurmJob(id: "4711")
    (expected.step, expected.name, expected.user, expected.partition) = ("0", "train llama", "alice", "gpu")
    (expected.cluster, expected.arrayJobID, expected.arrayTaskID, expected.rank) = ("hall-2", "4700", "11", "3")
    #expect(job == expected)
  }

  @Test func `nothing else of the environment is kept`() {
    let kept = "\(read(Self.environment))"
    for secret in ["verysecret", "token", "/usr/bin", "AWS"] { #expect(!kept.contains(secret)) }
  }

  @Test func `the control group counts before the environment`() {
    let environment = read(Self.environment)
    #expect(environment.job("4711", step: "batch")?.step == "batch")
    #expect(environment.job("4711", step: "batch")?.user == "alice")
    // A process that names another job says nothing of its own.
    var other = SlurmJob(id: "1")
    other.step = "0"
    #expect(environment.job("1", step: "0") == other)
    #expect(read("").job("1", step: nil) == SlurmJob(id: "1"))
    #expect(read("").job(nil, step: nil) == nil)
  }

  @Test(arguments: [
    "SLURM_JOB_ID=x\0", "SLURM_JOB_ID=\0", "SLURM_JOB_ID=12345678901\0", "SLURM_JOB_ID=1\n\0", "SLURM_JOB_ID\0",
    "SLURM_JOB_ID=" + String(repeating: "1", count: 1 << 20) + "\0",
  ])
  func `what is no number of a job is none`(text: String) {
    #expect(read(text).job(nil, step: nil) == nil)
  }

  @Test func `long and odd values are left out`() {
    let long = String(repeating: "n", count: 256)
    let environment = read(
      "SLURM_JOB_ID=1\0SLURM_JOB_NAME=\(long)\0SLURM_JOB_USER=a\u{1b}[31m\0SLURM_JOB_PARTITION=gpu")
    var expected = SlurmJob(id: "1")
    // The last text may lack its zero.
    expected.partition = "gpu"
    #expect(environment.job(nil, step: nil) == expected)
  }

  @Test func `any bytes leave names and values within their bounds`() throws {
    var random = SplitMix(seed: 77)
    let pieces =
      Self.environment.split(separator: "\0").map { Array($0.utf8) } + [[0], [0x3d], [0xff], Array("SLURM_".utf8)]
    for _ in 0..<5_000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        bytes += pieces.randomElement(using: &random) ?? []
        if Bool.random(using: &random) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
      }
      var environment = SlurmEnvironment()
      environment.append(bytes)
      environment.finish()
      try #require(environment.values.keys.allSatisfy(SlurmEnvironment.names.contains))
      try #require(environment.values.values.allSatisfy { !$0.isEmpty && !$0.contains("\0") && $0.utf8.count <= 1_024 })
    }
  }
}
