import Testing

@testable import WorkloadIdentity

/// Goal: whose a process is comes out of every form of path that engines, the kubelet, Slurm and systemd write.
@Suite struct ControlGroupOwnerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    var container: String?
    var pod: String?
    var job: String?
    var step: String?
    var unit: String?

    var testDescription: String { text }
  }

  private static let id = "3f4a1c9e5b7d8f60213243546576879809a1b2c3d4e5f60718293a4b5c6d7e8f"
  private static let other = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
  private static let uid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
  private static let flatUID = "0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9"

  static let cases = [
    Case(text: ""),
    Case(text: "0::/"),
    Case(text: "0::/init.scope", unit: "init.scope"),
    Case(text: "0::/system.slice/vllm.service", unit: "vllm.service"),
    Case(text: "0::/user.slice/user-1000.slice/session-3.scope", unit: "session-3.scope"),
    Case(
      text: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/ollama.service", unit: "ollama.service"),
    // Kubernetes by systemd, with containerd, CRI-O and Docker.
    Case(
      text:
        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(flatUID).slice/cri-containerd-\(id).scope",
      container: id, pod: uid),
    Case(
      text: "0::/kubepods.slice/kubepods-pod\(flatUID).slice/crio-\(id).scope/container", container: id, pod: uid),
    Case(
      text: "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(flatUID).slice/docker-\(id).scope",
      container: id, pod: uid),
    Case(
      text: "0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod\(flatUID).slice/cri-containerd-\(id).scope",
      container: id, pod: uid),
    // By cgroupfs, in version 1 too.
    Case(text: "0::/kubepods/burstable/pod\(uid)/\(id)", container: id, pod: uid),
    Case(text: "0::/kubepods/pod\(uid)/crio-\(id)", container: id, pod: uid),
    Case(
      text: """
        12:memory:/kubepods/besteffort/pod\(uid)/\(id)
        11:cpu,cpuacct:/kubepods/besteffort/pod\(uid)/\(id)
        1:name=systemd:/kubepods/besteffort/pod\(uid)/\(id)
        0::/system.slice/containerd.service
        """, container: id, pod: uid),
    Case(
      text: "0::/system.slice/containerd.service/kubepods-burstable-pod\(flatUID).slice:cri-containerd:\(id)",
      container: id, pod: uid),
    // The kubelet's own pods are named by a hash; in a namespace of control groups the beginning is missing.
    Case(
      text: "0::/kubepods/burstable/pod\(String(other.prefix(32)))/\(id)", container: id, pod: String(other.prefix(32))),
    Case(text: "0::/../../pod\(uid)/\(id)", container: id, pod: uid),
    // A node in a container (kind): the inner one is the pod's.
    Case(
      text:
        "0::/system.slice/docker-\(other).scope/kubelet.slice/kubelet-kubepods-pod\(flatUID).slice/cri-containerd-\(id).scope",
      container: id, pod: uid),
    // Without Kubernetes.
    Case(text: "0::/system.slice/docker-\(id).scope", container: id),
    Case(text: "0::/docker/\(id)", container: id),
    Case(text: "0::/docker/\(id.uppercased())", container: id),
    Case(text: "0::/machine.slice/libpod-\(id).scope/container", container: id),
    Case(text: "0::/machine.slice/machine-libpod_pod_\(other).slice/libpod-\(id).scope", container: id),
    Case(
      text: "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope/container", container: id),
    // The monitors of containers are not in them.
    Case(text: "0::/machine.slice/libpod-conmon-\(id).scope", unit: "libpod-conmon-\(id).scope"),
    Case(text: "0::/system.slice/crio-conmon-\(id).scope", unit: "crio-conmon-\(id).scope"),
    // Slurm.
    Case(text: "0::/system.slice/slurmstepd.scope/job_4711/step_0/user/task_3", job: "4711", step: "0"),
    Case(text: "0::/system.slice/slurmstepd.scope/job_4711/step_batch/user/task_0", job: "4711", step: "batch"),
    Case(text: "0::/system.slice/slurmstepd.scope/job_4711/step_extern/slurm", job: "4711", step: "extern"),
    Case(
      text: "0::/system.slice/n1_slurmstepd.scope/job_7/step_interactive/user/task_0", job: "7", step: "interactive"),
    Case(
      text: "9:memory:/slurm/uid_1000/job_42/step_1/task_0\n4:devices:/slurm/uid_1000/job_42/step_1\n0::/", job: "42",
      step: "1"),
    Case(text: "9:freezer:/slurm_n1/uid_0/job_42/step_4294967291", job: "42", step: "4294967291"),
    // A container in a job.
    Case(
      text: "0::/system.slice/slurmstepd.scope/job_9/step_0/user/task_0/libpod-\(id).scope", container: id, job: "9",
      step: "0"),
    Case(text: "0::/system.slice/slurmd.service", unit: "slurmd.service"),
    // What only looks like it.
    Case(text: "0::/home/job_42/step_0"),
    Case(text: "0::/slurm/uid_0/job_x/step_0"),
    Case(text: "0::/slurm/uid_0/job_12345678901/step_0"),
    Case(text: "0::/docker/\(id.dropLast())"),
    Case(text: "0::/docker/x\(id)"),
    Case(text: "0::/kubepods/pod\(uid.dropLast())/x"),
    Case(text: "0::/kubepods/pod0a1b2c3d-4e5f_6071-8293-a4b5c6d7e8f9/x"),
    Case(text: "no line of this file"),
  ]

  @Test(arguments: cases) func `a path says whose it is`(one: Case) {
    let owner = ControlGroupOwner(Array(one.text.utf8))
    #expect(owner.containerID == one.container)
    #expect(owner.podUID == one.pod)
    #expect(owner.slurmJobID == one.job)
    #expect(owner.slurmStep == one.step)
    #expect(owner.unit == one.unit)
  }

  /// Goal: whatever bytes come, what is found has the form of what it is, and is the same with lines of no meaning around.
  @Test func `no bytes give an id of another form`() throws {
    var random = SplitMix(seed: 0x5eed)
    let pieces =
      Self.cases.flatMap { $0.text.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
      + ["0::", ":", "\n", "\0", "pod", "-pod", "job_", "step_", "slurm", ".scope", ".slice", "é", "\u{7f}"]
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...9, using: &random) {
        text += pieces.randomElement(using: &random) ?? ""
        if Bool.random(using: &random) { text += "/" }
      }
      var bytes = Array(text.utf8)
      if !bytes.isEmpty, Bool.random(using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let owner = ControlGroupOwner(bytes)
      try #require(owner.containerID.map(Self.isContainerID) != false, "\(text)")
      try #require(owner.podUID.map(Self.isPodUID) != false, "\(text)")
      try #require(owner.slurmJobID.map { UInt64($0) != nil && $0.utf8.count <= 10 } != false)
      try #require(owner.slurmStep == nil || owner.slurmJobID != nil)
      let isOwned = owner.containerID != nil || owner.podUID != nil || owner.slurmJobID != nil
      try #require(!isOwned || owner.unit == nil)
      let surrounded = Array("x\n".utf8) + bytes + Array("\n7:pids:/\n".utf8)
      try #require(ControlGroupOwner(surrounded) == owner, "\(text)")
    }
  }

  private static func isContainerID(_ id: String) -> Bool {
    id.utf8.count == 64 && id.allSatisfy { "0123456789abcdef".contains($0) }
  }

  private static func isPodUID(_ uid: String) -> Bool {
    let groups = uid.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
    return (groups == [8, 4, 4, 4, 12] || groups == [32]) && uid.allSatisfy { "0123456789abcdef-".contains($0) }
  }
}
