package import API
import JSON
import WorkloadIdentity

/// Whose a process is.
package struct WorkloadReport: Sendable, Equatable {
  package var namespace: String?
  package var pod: String?
  package var podUID: String?
  package var container: String?
  package var containerID: String?
  package var slurm: SlurmReport?
  package var unit: String?

  package static let form = JSONForm<WorkloadReport>.object(WorkloadReport()) { workload in
    workload.optional("namespace", \.namespace, NodeReport.text)
    workload.optional("pod", \.pod, NodeReport.text)
    workload.optional("pod_uid", \.podUID, NodeReport.text)
    workload.optional("container", \.container, NodeReport.text)
    workload.optional("container_id", \.containerID, NodeReport.text)
    workload.optional("slurm", \.slurm, SlurmReport.form)
    workload.optional("unit", \.unit, NodeReport.text)
  }
}

extension WorkloadReport {
  /// Nil where nothing is known.
  init?(_ workload: Workload) {
    guard !workload.isEmpty else { return nil }
    namespace = NodeReport.clean(workload.namespace)
    pod = NodeReport.clean(workload.pod)
    podUID = NodeReport.clean(workload.podUID)
    container = NodeReport.clean(workload.container)
    containerID = NodeReport.clean(workload.containerID)
    slurm = workload.slurm.map(SlurmReport.init)
    unit = NodeReport.clean(workload.unit)
  }
}

/// A job of Slurm.
package struct SlurmReport: Sendable, Equatable {
  package var jobID = ""
  package var step: String?
  package var jobName: String?
  package var user: String?
  package var partition: String?
  package var cluster: String?
  package var arrayJobID: String?
  package var arrayTaskID: String?
  package var rank: String?

  package static let form = JSONForm<SlurmReport>.object(SlurmReport()) { job in
    job.member("job_id", \.jobID, NodeReport.text)
    job.optional("step", \.step, NodeReport.text)
    job.optional("job_name", \.jobName, NodeReport.text)
    job.optional("user", \.user, NodeReport.text)
    job.optional("partition", \.partition, NodeReport.text)
    job.optional("cluster", \.cluster, NodeReport.text)
    job.optional("array_job_id", \.arrayJobID, NodeReport.text)
    job.optional("array_task_id", \.arrayTaskID, NodeReport.text)
    job.optional("rank", \.rank, NodeReport.text)
  }
}

extension SlurmReport {
  init(_ job: SlurmJob) {
    jobID = job.id
    step = NodeReport.clean(job.step)
    jobName = NodeReport.clean(job.name)
    user = NodeReport.clean(job.user)
    partition = NodeReport.clean(job.partition)
    cluster = NodeReport.clean(job.cluster)
    arrayJobID = NodeReport.clean(job.arrayJobID)
    arrayTaskID = NodeReport.clean(job.arrayTaskID)
    rank = NodeReport.clean(job.rank)
  }
}

/// What holds or uses a GPU or a part of it.
package struct PartWorkloadReport: Sendable, Equatable {
  /// Nil for the whole.
  package var gpuInstance: Int64?
  package var computeInstance: Int64?
  package var workload = WorkloadReport()

  package static let form = JSONForm<PartWorkloadReport>.object(PartWorkloadReport()) { part in
    part.optional("gpu_instance", \.gpuInstance, .count)
    part.optional("compute_instance", \.computeInstance, .count)
    part.member("workload", \.workload, WorkloadReport.form)
  }
}
