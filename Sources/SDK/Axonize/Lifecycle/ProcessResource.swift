internal import CAxonizeCore
internal import Glibc

/// What is known of the process, its host, container and job (OpenTelemetry's resource conventions).
struct ProcessResource {
  let environment: Environment
  /// Reads a file; nil when it is not there.
  ///
  /// A parameter for tests.
  var read: (String) -> String? = ProcessResource.contents

  /// Environment of Slurm (https://slurm.schedmd.com/sbatch.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES).
  private static let slurm = [
    ("SLURM_JOB_ID", "slurm.job.id"), ("SLURM_JOB_NAME", "slurm.job.name"),
    ("SLURM_JOB_PARTITION", "slurm.partition"), ("SLURM_JOB_USER", "slurm.user"),
    ("SLURM_CLUSTER_NAME", "slurm.cluster.name"), ("SLURM_ARRAY_JOB_ID", "slurm.array.job.id"),
    ("SLURM_ARRAY_TASK_ID", "slurm.array.task.id"), ("SLURM_STEP_ID", "slurm.step.id"),
    ("SLURM_PROCID", "slurm.process.rank"), ("SLURM_LOCALID", "slurm.process.local_rank"),
    ("SLURMD_NODENAME", "slurm.node.name"),
  ]

  /// By the downward API; the names are what most charts use.
  private static let kubernetes = [
    ("k8s.pod.name", ["K8S_POD_NAME", "POD_NAME"]), ("k8s.pod.uid", ["K8S_POD_UID", "POD_UID"]),
    ("k8s.namespace.name", ["K8S_NAMESPACE_NAME", "POD_NAMESPACE"]),
    ("k8s.node.name", ["K8S_NODE_NAME", "NODE_NAME"]),
    ("k8s.container.name", ["K8S_CONTAINER_NAME", "CONTAINER_NAME"]),
  ]

  /// All attributes; what the program gave counts before what was found.
  func detect(serviceName: String?, given: Attributes) -> Attributes {
    var found: Attributes = [
      "telemetry.sdk.name": "axonize", "telemetry.sdk.language": "swift", "telemetry.sdk.version": axonizeVersion,
    ]
    addHost(&found)
    let executable = addProcess(&found)
    if let id = containerID { found["container.id"] = .string(id) }
    addKubernetes(&found)
    for (variable, key) in Self.slurm {
      if let value = environment.text(variable) { found[key] = .string(value) }
    }
    if let node = environment.text("AXONIZE_NODE_ID") { found["node.id"] = .string(node) }
    found = found.merging(given)
    if let serviceName {
      found["service.name"] = .string(serviceName)
    } else if found["service.name"] == nil {
      found["service.name"] = .string("unknown_service:\(executable)")
    }
    return found
  }

  /// An encoded opentelemetry.proto.resource.v1.Resource (attributes 1).
  static func encode(_ resource: Attributes) -> [UInt8] {
    var encoder = ValueEncoder(limits: .unlimited)
    return encoder.attributes(resource, field: 1, countMax: 1024)
  }

  private func addHost(_ found: inout Attributes) {
    found["host.name"] = .string(Self.hostName)
    #if arch(x86_64)
    found["host.arch"] = "amd64"
    #elseif arch(arm64)
    found["host.arch"] = "arm64"
    #endif
    found["os.type"] = "linux"
    if let id = read("/etc/machine-id")?.trimmed, !id.isEmpty { found["host.id"] = .string(id) }
  }

  /// Adds what is known of the process and returns the executable's name.
  ///
  /// Arguments may hold secrets and stay out.
  private func addProcess(_ found: inout Attributes) -> String {
    let path = read("/proc/self/cmdline")?.split(separator: "\0").first.map(String.init) ?? ""
    let executable = path.split(separator: "/").last.map(String.init) ?? "swift"
    found["process.pid"] = .int(Int64(getpid()))
    found["process.executable.name"] = .string(executable)
    found["process.runtime.name"] = "swift"
    found["service.instance.id"] = .string(Self.randomUUID())
    return executable
  }

  /// The id of the container, from the control group or the mounts.
  ///
  /// In Kubernetes the mounts are those of the pod's sandbox, which has an id of its own.
  private var containerID: String? {
    for name in isInKubernetes ? ["cgroup"] : ["cgroup", "mountinfo"] {
      for line in (read("/proc/self/\(name)") ?? "").split(separator: "\n") {
        if name == "mountinfo", !line.contains("/containers/") { continue }
        // A node may be a container itself; then the inner one is the last.
        let parts = line.split(whereSeparator: { "/-_.: ".contains($0) })
        if let id = parts.last(where: { $0.utf8.count == 64 && Self.isHexadecimal($0) }) { return String(id) }
      }
    }
    return nil
  }

  private static func isHexadecimal(_ text: Substring) -> Bool { text.utf8.allSatisfy { hexadecimal([$0]) != nil } }

  private var isInKubernetes: Bool { environment.variable("KUBERNETES_SERVICE_HOST") != nil }

  /// The pod, as far as it is told.
  private func addKubernetes(_ found: inout Attributes) {
    guard isInKubernetes else { return }
    for (key, names) in Self.kubernetes {
      if let value = names.lazy.compactMap(environment.text).first { found[key] = .string(value) }
    }
    if found["k8s.pod.name"] == nil { found["k8s.pod.name"] = .string(environment.text("HOSTNAME") ?? Self.hostName) }
    let account = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
    if found["k8s.namespace.name"] == nil, let name = read(account)?.trimmed, !name.isEmpty {
      found["k8s.namespace.name"] = .string(name)
    }
    for path in ["cgroup", "mountinfo"] where found["k8s.pod.uid"] == nil || found["k8s.container.name"] == nil {
      for line in (read("/proc/self/\(path)") ?? "").split(separator: "\n") {
        addPod(line.split(whereSeparator: { "/ ".contains($0) }), &found)
      }
    }
  }

  /// Adds the UID in `…-pod<uid>.slice` or `pod<uid>` of a control group, and with the container's name what the kubelet
  /// mounts: `…/pods/<uid>/containers/<name>/…`.
  private func addPod(_ parts: [Substring], _ found: inout Attributes) {
    for (place, part) in parts.enumerated() {
      let text = part.hasSuffix(".slice") ? part.dropLast(6) : part
      let isMount = place > 0 && parts[place - 1] == "pods"
      let isGroup = text.utf8.count > 36 && text.dropLast(36).hasSuffix("pod")
      guard isMount || isGroup, let uid = Self.uid(text.suffix(36)) else { continue }
      if found["k8s.pod.uid"] == nil { found["k8s.pod.uid"] = .string(uid) }
      if isMount, parts.count > place + 3, parts[place + 1] == "containers", found["k8s.container.name"] == nil {
        found["k8s.container.name"] = .string(String(parts[place + 2]))
      }
    }
  }

  /// A UUID with `-` or, as systemd's slices have it, `_`.
  private static func uid(_ text: Substring) -> String? {
    let groups = text.split(whereSeparator: { $0 == "-" || $0 == "_" })
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy(isHexadecimal) else { return nil }
    return groups.joined(separator: "-")
  }

  private static var hostName: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      unsafe buffer.initialize(repeating: 0)
      // SAFETY: gethostname(2) writes at most 255 bytes, so that the last one stays zero.
      guard let base = buffer.baseAddress, unsafe gethostname(base, 255) == 0 else { return "localhost" }
      return unsafe String(cString: base)
    }
  }

  /// A random UUID (RFC 9562, 5.4).
  private static func randomUUID() -> String {
    let high = hexadecimalText(UInt64.random(in: 0...(.max)) & ~0xf000 | 0x4000)
    let low = hexadecimalText(UInt64.random(in: 0...(.max)) & ~(3 << 62) | 1 << 63)
    return "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-\(high.suffix(4))-\(low.prefix(4))-\(low.suffix(12))"
  }

  /// The beginning of a file, 64 KiB at most; nil when it cannot be read.
  static func contents(_ path: String) -> String? {
    let descriptor = unsafe axz_open_read(path)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count < 65536 {
      // SAFETY: read(2) fills at most the capacity it is given.
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
        unsafe count = max(Glibc.read(descriptor, buffer.baseAddress, 4096), 0)
      }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
