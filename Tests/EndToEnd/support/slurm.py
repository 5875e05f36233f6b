"""A real Slurm of one node, with sockets, keys and folders of its own, beside whatever else runs on the machine."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from support.server import free_ports, wait_until

# Where Slurm has control groups of version 1 of its own, without systemd.
FREEZER = pathlib.Path("/sys/fs/cgroup/freezer")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol")


def why_missing() -> str | None:
    """Why Slurm cannot be run here; None where it can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return (
            f"Slurm is not installed ({', '.join(missing)}): apt-get install --no-install-recommends slurmctld slurmd "
            "slurm-client slurm-wlm-basic-plugins munge"
        )
    return "slurmd runs as root only" if os.geteuid() != 0 else None


class Slurm:
    """`slurmctld` and `slurmd` with GPUs that are character devices, which Slurm wants to see."""

    cluster = "hall2"
    partition = "gpu"
    node = "n1"

    def __init__(self, folder: pathlib.Path, gpu_count: int = 2):
        self.folder = folder
        self.has_groups = os.access(FREEZER / "tasks", os.W_OK)
        folder.mkdir(parents=True, exist_ok=True)
        # munged refuses folders that others may write to.
        folder.chmod(0o755)
        self.processes: list[subprocess.Popen] = []
        for name in ("state", "spool", "log"):
            (folder / name).mkdir(exist_ok=True)
        for number in range(gpu_count):
            # The device that /dev/null is.
            subprocess.run(["mknod", str(folder / f"fakegpu{number}"), "c", "1", "3"], check=True)
        control, daemon = free_ports(2)
        gpus = f"gpu:h100:{gpu_count}"
        self.configuration = folder / "slurm.conf"
        self.configuration.write_text(f"""
ClusterName={self.cluster}
SlurmctldHost={os.uname().nodename}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={daemon}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/{"cgroup" if self.has_groups else "linuxproc"}
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
GresTypes=gpu
NodeName={self.node} NodeHostname={os.uname().nodename} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 Gres={gpus}
PartitionName={self.partition} Nodes={self.node} Default=YES MaxTime=INFINITE State=UP
""")
        (folder / "gres.conf").write_text(f"Name=gpu Type=h100 File={folder}/fakegpu[0-{gpu_count - 1}]\n")
        (folder / "cgroup.conf").write_text("CgroupAutomount=yes\nCgroupPlugin=cgroup/v1\n")
        key = folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"SLURM_CONF": str(self.configuration)}

    def _spawn(self, *command: str):
        log = (self.folder / "log" / f"{pathlib.Path(command[0]).name}.out").open("wb")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=self.environment)
        self.processes.append(process)

    def start(self):
        folder = self.folder
        self._spawn(
            "munged",
            "--foreground",
            "--force",
            f"--socket={folder}/munge.socket",
            f"--key-file={folder}/munge.key",
            f"--pid-file={folder}/munge.pid",
            f"--seed-file={folder}/munge.seed",
            f"--log-file={folder}/log/munge.log",
        )
        wait_until((folder / "munge.socket").exists, 30, "munged")
        self._spawn("slurmctld", "-D", "-i", "-f", str(self.configuration))
        self._spawn("slurmd", "-D", "-N", self.node, "-f", str(self.configuration))
        wait_until(self._is_idle, 60, f"the node of Slurm; its logs are in {folder}/log")
        return self

    def _is_idle(self) -> bool:
        for process in self.processes:
            if process.poll() is not None:
                raise AssertionError(f"{process.args[0]} has ended with {process.returncode}: {self.logs()}")
        shown = subprocess.run(
            ["scontrol", "show", "node", self.node], env=self.environment, capture_output=True, text=True
        ).stdout
        return "State=IDLE" in shown

    def _queue(self) -> str:
        shown = subprocess.run(["squeue", "--noheader"], env=self.environment, capture_output=True, text=True)
        return shown.stdout.strip()

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-1500:] for path in (self.folder / "log").iterdir())

    def submit(self, script: pathlib.Path, *arguments: str) -> str:
        """The id of the job."""
        made = subprocess.run(
            ["sbatch", "--parsable", *arguments, str(script)], env=self.environment, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.strip().split(";")[0]

    def close(self):
        # What goes on does so without its daemons.
        subprocess.run(["scancel", "--user=root"], env=self.environment, check=False, capture_output=True)
        wait_until(lambda: not self._queue(), 30, f"the jobs of Slurm to end: {self._queue()}")
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        for process in reversed(self.processes):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for group in sorted(FREEZER.glob(f"slurm_{self.node}/**/"), reverse=True) if self.has_groups else []:
            group.rmdir()
