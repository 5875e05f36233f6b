/// Whose a process is: a container, a pod, a job of Slurm, or a unit of systemd.
package struct Workload: Sendable, Hashable {
  /// The 64 hexadecimal digits of the container; nil outside of one.
  package var containerID: String?
  package var podUID: String?
  package var namespace: String?
  package var pod: String?
  /// The container's name in its pod.
  package var container: String?
  package var slurm: SlurmJob?
  /// The service or scope of systemd, of a process that is in neither a container nor a job.
  package var unit: String?

  package init() {}

  /// Whether nothing is known of whose it is.
  package var isEmpty: Bool { self == Workload() }
}

/// A job of Slurm, with what is known of the process's part in it.
package struct SlurmJob: Sendable, Hashable {
  package var id: String
  /// A number, `batch`, `extern` or `interactive`.
  package var step: String?
  package var name: String?
  package var user: String?
  package var partition: String?
  package var cluster: String?
  /// The job that all tasks of an array have in common, and the task's number in it.
  package var arrayJobID: String?
  package var arrayTaskID: String?
  /// The process's number in the step.
  package var rank: String?

  package init(id: String) { self.id = id }
}
