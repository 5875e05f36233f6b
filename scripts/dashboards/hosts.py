"""The dashboard of machines, with the names of node_exporter: it works over a Prometheus that scrapes one, too."""

from .panels import ORANGE, RED, annotation, dashboard, graph, row, stat, table, target, variable

OF = 'job=~"$job", instance=~"$instance"'
RATE = "$__rate_interval"
SHARES = {0.8: ORANGE, 0.95: RED}


def rate(name: str, *matchers: str) -> str:
    return f"rate({name}{{{', '.join([OF, *matchers])}}}[{RATE}])"


def gauge(name: str, *matchers: str) -> str:
    return f"{name}{{{', '.join([OF, *matchers])}}}"


IDLE = 'mode="idle"'
BUSY_MODES = 'mode!="idle"'
BUSY = f"1 - avg by (instance) ({rate('node_cpu_seconds_total', IDLE)})"
MEMORY = (
    f"1 - max by (instance) ({gauge('node_memory_MemAvailable_bytes')})"
    f" / max by (instance) ({gauge('node_memory_MemTotal_bytes')})"
)
DISK = f"max by (instance) ({rate('node_disk_io_time_seconds_total')})"
FULLEST = (
    f"max by (instance) (1 - {gauge('node_filesystem_avail_bytes')} / ({gauge('node_filesystem_size_bytes')} > 0))"
)
INSIDE = 'device!="lo"'

OVERVIEW = row(
    "Overview",
    stat("Machines", "That sent something lately.", "none", f"count({gauge('node_uname_info')})"),
    stat("Processors", "Of all machines.", "none", f"count({gauge('node_cpu_seconds_total', IDLE)})"),
    stat("Memory", "Of all machines.", "bytes", f"sum({gauge('node_memory_MemTotal_bytes')})"),
    stat("Busiest processors", "Of one machine.", "percentunit", f"max({BUSY})", limits=SHARES),
    stat("Fullest memory", "Of one machine.", "percentunit", f"max({MEMORY})", limits=SHARES),
    stat("Fullest file system", "Of one machine.", "percentunit", f"max({FULLEST})", limits=SHARES),
    table(
        "Machines",
        "The newest values of each.",
        {
            "CPU": (BUSY, "percentunit"),
            "Load": (f"max by (instance) ({gauge('node_load1')})", "none"),
            "Memory": (MEMORY, "percentunit"),
            "Disk busy": (DISK, "percentunit"),
            "Fullest file system": (FULLEST, "percentunit"),
            "Received": (
                f"sum by (instance) ({rate('node_network_receive_bytes_total', INSIDE)})",
                "Bps",
            ),
            "Sent": (
                f"sum by (instance) ({rate('node_network_transmit_bytes_total', INSIDE)})",
                "Bps",
            ),
            "Up for": (f"time() - max by (instance) ({gauge('node_boot_time_seconds')})", "s"),
        },
        labels={"instance": "Machine"},
        join="instance",
        limits={"CPU": SHARES, "Memory": SHARES, "Disk busy": SHARES, "Fullest file system": SHARES},
    ),
)

PROCESSORS = row(
    "Processors",
    graph(
        "Busy",
        "Part of the time of all processors.",
        "percentunit",
        target(BUSY, "{{instance}}"),
        limits=SHARES,
        maximum=1,
    ),
    graph(
        "By mode",
        "Mean of all chosen machines.",
        "percentunit",
        target(f"avg by (mode) ({rate('node_cpu_seconds_total', BUSY_MODES)})", "{{mode}}"),
        stacked=True,
    ),
    graph(
        "Load",
        "Threads that run or wait, by minute and by quarter of an hour; the number of processors is dashed.",
        "none",
        target(gauge("node_load1"), "{{instance}} 1 min"),
        target(gauge("node_load15"), "{{instance}} 15 min"),
        target(f"count by (instance) ({gauge('node_cpu_seconds_total', IDLE)})", "{{instance}} processors"),
        dashed=".* processors",
    ),
    graph(
        "Pressure",
        "Part of the time in which some task waited for a processor, for memory or for a disk.",
        "percentunit",
        target(rate("node_pressure_cpu_waiting_seconds_total"), "{{instance}} processor"),
        target(rate("node_pressure_memory_waiting_seconds_total"), "{{instance}} memory"),
        target(rate("node_pressure_io_waiting_seconds_total"), "{{instance}} disk"),
    ),
    graph(
        "Switches, interrupts and new processes",
        "In a second.",
        "ops",
        target(rate("node_context_switches_total"), "{{instance}} switches"),
        target(rate("node_intr_total"), "{{instance}} interrupts"),
        target(rate("node_forks_total"), "{{instance}} processes"),
    ),
    graph(
        "Processes",
        "All of them, those that run, and those that wait for a disk.",
        "none",
        target(gauge("node_processes_pids"), "{{instance}} all"),
        target(gauge("node_procs_running"), "{{instance}} running"),
        target(gauge("node_procs_blocked"), "{{instance}} blocked"),
    ),
)

MEMORIES = row(
    "Memory",
    graph(
        "Used",
        "Part that programs cannot have any more.",
        "percentunit",
        target(MEMORY, "{{instance}}"),
        limits=SHARES,
        maximum=1,
    ),
    graph(
        "What it is used for",
        "Of all chosen machines.",
        "bytes",
        target(
            f"sum({gauge('node_memory_MemTotal_bytes')}) - sum({gauge('node_memory_MemFree_bytes')})"
            f" - sum({gauge('node_memory_Buffers_bytes')}) - sum({gauge('node_memory_Cached_bytes')})"
            f" - sum({gauge('node_memory_SReclaimable_bytes')})",
            "programs",
        ),
        target(f"sum({gauge('node_memory_Cached_bytes')})", "files"),
        target(f"sum({gauge('node_memory_Buffers_bytes')})", "buffers"),
        target(f"sum({gauge('node_memory_SReclaimable_bytes')})", "kernel, reclaimable"),
        target(f"sum({gauge('node_memory_MemFree_bytes')})", "free"),
        stacked=True,
    ),
    graph(
        "Swap",
        "In use.",
        "bytes",
        target(
            f"{gauge('node_memory_SwapTotal_bytes')} - {gauge('node_memory_SwapFree_bytes')}",
            "{{instance}}",
        ),
    ),
    graph(
        "Pages from and to disks",
        "Pages in a second that were swapped, and faults that had to read.",
        "ops",
        target(rate("node_vmstat_pswpin"), "{{instance}} swapped in"),
        target(rate("node_vmstat_pswpout"), "{{instance}} swapped out"),
        target(rate("node_vmstat_pgmajfault"), "{{instance}} faults"),
    ),
    graph(
        "Processes killed for memory",
        "In the last minutes.",
        "none",
        target(f"increase({gauge('node_vmstat_oom_kill')}[{RATE}])", "{{instance}}"),
        limits={1: RED},
    ),
    graph(
        "Dirty and written back",
        "Bytes that have to go to disks.",
        "bytes",
        target(gauge("node_memory_Dirty_bytes"), "{{instance}} dirty"),
        target(gauge("node_memory_Writeback_bytes"), "{{instance}} written back"),
    ),
)

DISKS = row(
    "Disks and file systems",
    graph(
        "Busy",
        "Part of the time with a request under way.",
        "percentunit",
        target(rate("node_disk_io_time_seconds_total"), "{{instance}} {{device}}"),
        limits=SHARES,
    ),
    graph(
        "Throughput",
        "Bytes in a second.",
        "Bps",
        target(rate("node_disk_read_bytes_total"), "{{instance}} {{device}} read"),
        target(rate("node_disk_written_bytes_total"), "{{instance}} {{device}} written"),
    ),
    graph(
        "Latency",
        "Mean time of a request.",
        "s",
        target(
            f"{rate('node_disk_read_time_seconds_total')} / ({rate('node_disk_reads_completed_total')} > 0)",
            "{{instance}} {{device}} read",
        ),
        target(
            f"{rate('node_disk_write_time_seconds_total')} / ({rate('node_disk_writes_completed_total')} > 0)",
            "{{instance}} {{device}} write",
        ),
    ),
    graph(
        "Requests",
        "In a second.",
        "iops",
        target(rate("node_disk_reads_completed_total"), "{{instance}} {{device}} reads"),
        target(rate("node_disk_writes_completed_total"), "{{instance}} {{device}} writes"),
    ),
    graph(
        "File systems: used",
        "Part of what users may have.",
        "percentunit",
        target(
            f"1 - {gauge('node_filesystem_avail_bytes')} / ({gauge('node_filesystem_size_bytes')} > 0)",
            "{{instance}} {{mountpoint}}",
        ),
        limits=SHARES,
        maximum=1,
    ),
    graph(
        "File systems: files",
        "Part of the files that there may be.",
        "percentunit",
        target(
            f"1 - {gauge('node_filesystem_files_free')} / ({gauge('node_filesystem_files')} > 0)",
            "{{instance}} {{mountpoint}}",
        ),
        limits=SHARES,
        maximum=1,
    ),
)

NETWORK = row(
    "Network",
    graph(
        "Received",
        "Bytes in a second by device.",
        "Bps",
        target(rate("node_network_receive_bytes_total", INSIDE), "{{instance}} {{device}}"),
    ),
    graph(
        "Sent",
        "Bytes in a second by device.",
        "Bps",
        target(rate("node_network_transmit_bytes_total", INSIDE), "{{instance}} {{device}}"),
    ),
    graph(
        "Errors and drops",
        "Packets in a second of all devices of a machine.",
        "pps",
        target(f"sum by (instance) ({rate('node_network_receive_errs_total')})", "{{instance}} received, broken"),
        target(f"sum by (instance) ({rate('node_network_transmit_errs_total')})", "{{instance}} not sent"),
        target(f"sum by (instance) ({rate('node_network_receive_drop_total')})", "{{instance}} received, dropped"),
        target(
            f"sum by (instance) ({rate('node_network_transmit_drop_total')})", "{{instance}} dropped before sending"
        ),
    ),
    graph(
        "TCP connections",
        "Open ones, those that wait for their end, and new ones in a second.",
        "none",
        target(gauge("node_netstat_Tcp_CurrEstab"), "{{instance}} open"),
        target(gauge("node_sockstat_TCP_tw"), "{{instance}} ending"),
        target(rate("node_netstat_Tcp_PassiveOpens"), "{{instance}} accepted/s"),
    ),
    graph(
        "TCP segments sent again",
        "Part of those that were sent.",
        "percentunit",
        target(
            f"{rate('node_netstat_Tcp_RetransSegs')} / ({rate('node_netstat_Tcp_OutSegs')} > 0)",
            "{{instance}}",
        ),
        limits={0.01: ORANGE, 0.05: RED},
    ),
    graph(
        "Tracked connections",
        "Part of those that there may be.",
        "percentunit",
        target(
            f"{gauge('node_nf_conntrack_entries')} / {gauge('node_nf_conntrack_entries_limit')}",
            "{{instance}}",
        ),
        limits=SHARES,
    ),
)

REST = row(
    "Sensors, clocks, limits",
    graph(
        "Temperatures",
        "Sensors of the board and zones of the kernel; virtual machines have none.",
        "celsius",
        target(gauge("node_hwmon_temp_celsius"), "{{instance}} {{chip}} {{sensor}}"),
        target(gauge("node_thermal_zone_temp"), "{{instance}} zone {{zone}} {{type}}"),
        limits={80: ORANGE, 95: RED},
    ),
    graph(
        "Clock",
        "How far the clock may be off, as the kernel says.",
        "s",
        target(gauge("node_timex_maxerror_seconds"), "{{instance}}"),
    ),
    graph(
        "Open files",
        "Part of those that there may be.",
        "percentunit",
        target(f"{gauge('node_filefd_allocated')} / {gauge('node_filefd_maximum')}", "{{instance}}"),
        limits=SHARES,
    ),
    graph(
        "Container: processors",
        "Processors that the program's own control group used, and the part of periods in which it was held back.",
        "none",
        target(rate("container_cpu_usage_seconds_total"), "{{instance}} used"),
        target(
            f"{rate('container_cpu_cfs_throttled_periods_total')} / ({rate('container_cpu_cfs_periods_total')} > 0)",
            "{{instance}} held back",
        ),
    ),
    graph(
        "Container: memory",
        "What the program's own control group uses; its limit is dashed.",
        "bytes",
        target(gauge("container_memory_working_set_bytes"), "{{instance}}"),
        target(f"{gauge('container_spec_memory_limit_bytes')} > 0", "{{instance}} limit"),
        dashed=".* limit",
    ),
    graph(
        "Collectors",
        "How long the slowest took, and how many can give nothing.",
        "s",
        target(f"max by (instance) ({gauge('node_scrape_collector_duration_seconds')})", "{{instance}} slowest"),
        target(f"count by (instance) ({gauge('node_scrape_collector_success')} == 0)", "{{instance}} failing"),
    ),
    collapsed=True,
)


def made() -> dict:
    return dashboard(
        "axonize-hosts",
        "Axonize: hosts",
        "Machines by the names of node_exporter: what Axonize and its agents collect, or node_exporter itself.",
        ["hosts"],
        rows=[OVERVIEW, PROCESSORS, MEMORIES, DISKS, NETWORK, REST],
        variables=[
            variable("job", "Job", "label_values(node_uname_info, job)"),
            variable("instance", "Host", 'label_values(node_uname_info{job=~"$job"}, instance)'),
        ],
        annotations=[
            annotation(
                "Started",
                f"{gauge('node_boot_time_seconds')} * 1000",
                "{{instance}} started",
                color="blue",
                value_is_time=True,
            )
        ],
    )
