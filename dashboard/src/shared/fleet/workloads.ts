import type { Gpu } from "../../generated/api";

type Workload = NonNullable<Gpu["workloads"]>[number]["workload"];

/** What a workload is called: its pod with the container, its Slurm job, or its service. */
export function workloadName(workload: Workload): string {
  const { slurm } = workload;
  if (workload.pod !== undefined) {
    const pod = workload.namespace === undefined ? workload.pod : `${workload.namespace}/${workload.pod}`;
    return workload.container === undefined ? pod : `${pod} · ${workload.container}`;
  }
  if (slurm !== undefined) {
    const details = [slurm.job_name, slurm.user, slurm.partition].filter((text) => text !== undefined && text !== "");
    const job = slurm.step === undefined ? slurm.job_id : `${slurm.job_id}.${slurm.step}`;
    return details.length === 0 ? `Slurm ${job}` : `Slurm ${job} · ${details.join(" · ")}`;
  }
  return workload.unit ?? workload.container ?? workload.container_id ?? workload.pod_uid ?? "?";
}
