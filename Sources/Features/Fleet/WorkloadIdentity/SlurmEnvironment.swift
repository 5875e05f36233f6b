import System

/// What Slurm's variables in the environment of a process say of its job.
///
/// An environment may hold secrets: of all variables but those named here no byte is kept. What a process is given it may
/// have changed, so that the control group's job counts where there is one.
package struct SlurmEnvironment: Sendable, Hashable {
  /// Values by the names of their variables.
  package private(set) var values: [String: String] = [:]

  /// Variables of Slurm that are read (srun(1), "OUTPUT ENVIRONMENT VARIABLES").
  package static let names: Set<String> = [
    "SLURM_JOB_ID", "SLURM_JOB_NAME", "SLURM_JOB_USER", "SLURM_JOB_PARTITION", "SLURM_STEP_ID", "SLURM_CLUSTER_NAME",
    "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_PROCID",
  ]

  /// Of a value; a longer one is left out.
  private static let valueBytesMax = 255
  /// Of a variable with its name, up to which its bytes are looked at.
  private static let entryBytesMax = 300
  /// Of an environment: the kernel takes 2 MiB of arguments and environment by default (execve(2)).
  private static let bytesMax = 2 << 20

  private var entry: [UInt8] = []
  private var isSkipping = false

  package init() {}

  /// Reads an environment; nil where it may not be read: another user's needs `CAP_SYS_PTRACE`.
  package init?(ofProcess pid: UInt32, procPath: String) {
    guard let file = try? File.open("\(procPath)/\(pid)/environ", isWaiting: false) else { return nil }
    var count = 0
    while count < Self.bytesMax, let chunk = try? file.read(countMax: 16 << 10), !chunk.isEmpty {
      append(chunk)
      count += chunk.count
    }
    finish()
  }

  /// Takes further bytes of an environment: texts `NAME=value`, each with a zero after it.
  package mutating func append(_ bytes: [UInt8]) {
    for byte in bytes {
      if byte == 0 {
        finish()
      } else if isSkipping {
        continue
      } else if entry.count == Self.entryBytesMax || !isWanted(byte) {
        isSkipping = true
        entry.removeAll(keepingCapacity: true)
      } else {
        entry.append(byte)
      }
    }
  }

  /// Ends the last text.
  package mutating func finish() {
    defer {
      entry.removeAll(keepingCapacity: true)
      isSkipping = false
    }
    guard let sign = entry.firstIndex(of: UInt8(ascii: "=")) else { return }
    let name = String(decoding: entry[..<sign], as: UTF8.self)
    let value = String(decoding: entry[(sign + 1)...], as: UTF8.self)
    guard Self.names.contains(name), !value.isEmpty, value.utf8.count <= Self.valueBytesMax,
      value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else { return }
    // The first of two counts, as for getenv(3).
    if values[name] == nil { values[name] = value }
  }

  /// Whether the text may still be one of the variables.
  private func isWanted(_ byte: UInt8) -> Bool {
    let prefix = Self.prefix
    return entry.count >= prefix.count || byte == prefix[entry.count]
  }

  private static let prefix = Array("SLURM_".utf8)

  /// The job, with what is said of it.
  ///
  /// - Parameters:
  ///   - jobID: the one of the control group, where there is one; what the environment says of another job is left out.
  package func job(_ jobID: String?, step: String?) -> SlurmJob? {
    let said = values["SLURM_JOB_ID"].flatMap { ControlGroupOwner.isJobID($0) ? $0 : nil }
    guard let id = jobID ?? said else { return nil }
    var job = SlurmJob(id: id)
    job.step = step
    guard id == said else { return job }
    job.step = step ?? values["SLURM_STEP_ID"]
    job.name = values["SLURM_JOB_NAME"]
    job.user = values["SLURM_JOB_USER"]
    job.partition = values["SLURM_JOB_PARTITION"]
    job.cluster = values["SLURM_CLUSTER_NAME"]
    job.arrayJobID = values["SLURM_ARRAY_JOB_ID"]
    job.arrayTaskID = values["SLURM_ARRAY_TASK_ID"]
    job.rank = values["SLURM_PROCID"]
    return job
  }
}
