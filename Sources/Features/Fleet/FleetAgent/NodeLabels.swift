/// What the environment says of the machine: variables that Kubernetes' downward API and Slurm set.
package struct NodeLabels: Sendable, Equatable {
  /// What the machine is called there; nil outside of both.
  package let nodeName: String?
  /// For each sample.
  package let labels: [(name: String, value: String)]

  /// Variables and the labels that their values become, under the names of OpenTelemetry's attributes.
  private static let variables = [
    ("K8S_CLUSTER_NAME", "k8s_cluster_name"), ("K8S_NODE_NAME", "k8s_node_name"),
    ("SLURM_CLUSTER_NAME", "slurm_cluster_name"), ("SLURMD_NODENAME", "slurm_node_name"),
    ("SLURM_JOB_ID", "slurm_job_id"), ("SLURM_STEP_ID", "slurm_step_id"),
  ]

  package init(_ environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // In a pod the name of the host is the pod's.
    nodeName =
      value("K8S_NODE_NAME") ?? (value("KUBERNETES_SERVICE_HOST") == nil ? nil : value("NODE_NAME"))
      ?? value("SLURMD_NODENAME")
    labels = Self.variables.compactMap { variable, label in value(variable).map { (label, $0) } }
  }

  package static func == (left: NodeLabels, right: NodeLabels) -> Bool {
    left.nodeName == right.nodeName && left.labels.elementsEqual(right.labels, by: ==)
  }
}
