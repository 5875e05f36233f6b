"""The dashboard of GPUs, with Axonize's own names."""

from .panels import ORANGE, RED, annotation, dashboard, graph, row, stat, table, target, text, variable

OF = 'instance=~"$instance", gpu=~"$gpu"'
BOARD = 'gpu_instance=""'
PART = 'gpu_instance!=""'
RATE = "$__rate_interval"
NAME = "{{instance}} {{gpu}}"
PART_NAME = "{{instance}} {{gpu}}/{{gpu_instance}} {{mig_profile}}"
ONE = "instance, gpu, uuid"
HOT = {80: ORANGE, 90: RED}


def board(name: str, *matchers: str) -> str:
    return f"axonize_gpu_{name}{{{', '.join([OF, BOARD, *matchers])}}}"


def part(name: str) -> str:
    return f"axonize_gpu_{name}{{{OF}, {PART}}}"


def rate(name: str) -> str:
    return f"rate({board(name)}[{RATE}])"


def increase(name: str) -> str:
    return f"increase({board(name)}[{RATE}])"


# In MIG mode the driver has no utilisation of the board: the busiest part stands for it.
UTILISATION = f"max by ({ONE}) ({board('utilization_ratio')}) or max by ({ONE}) (axonize_gpu_sm_active_ratio{{{OF}}})"
MEMORY = f"max by ({ONE}) ({board('memory_used_bytes')}) / max by ({ONE}) ({board('memory_total_bytes')})"
SLOWED = "sw_power_cap|hw_slowdown|sw_thermal_slowdown|hw_thermal_slowdown|hw_power_brake_slowdown"
XIDS = 'axonize_gpu_xid_errors_total{instance=~"$instance"}'
EVENTS = 'axonize_gpu_events_total{instance=~"$instance"}'

OVERVIEW = row(
    "Fleet",
    stat("GPUs that answer", "Of those that were seen.", "none", f"sum({board('up')})", width=3),
    stat(
        "GPUs that do not",
        "Off the bus, or a call on them hangs.",
        "none",
        f"count({board('up')}) - sum({board('up')})",
        width=3,
        limits={1: RED},
    ),
    stat(
        "Parts",
        "MIG devices, and GPUs that are not divided.",
        "none",
        f"count(axonize_gpu_resource_info{{{OF}}})",
        width=3,
    ),
    stat("Utilisation", "Mean of the GPUs.", "percentunit", f"avg({UTILISATION})", width=3),
    stat(
        "Memory",
        "In use, of all there is.",
        "percentunit",
        f"sum({board('memory_used_bytes')}) / sum({board('memory_total_bytes')})",
        width=3,
        limits={0.9: ORANGE, 0.97: RED},
    ),
    stat("Power", "Of all GPUs.", "watt", f"sum({board('power_watts')})", width=3),
    stat(
        "Energy",
        "Of all GPUs over the range that is shown.",
        "kwatth",
        f"sum(increase({board('energy_joules_total')}[$__range])) / 3.6e6",
        width=3,
    ),
    stat("Hottest", "GPU.", "celsius", f"max({board('temperature_celsius')})", width=3, limits=HOT),
    table(
        "GPUs",
        "The newest values of each.",
        {
            "Utilisation": (UTILISATION, "percentunit"),
            "Memory": (
                f"max by (uuid) ({board('memory_used_bytes')}) / max by (uuid) ({board('memory_total_bytes')})",
                "percentunit",
            ),
            "Temperature": (f"max by (uuid) ({board('temperature_celsius')})", "celsius"),
            "Power": (f"max by (uuid) ({board('power_watts')})", "watt"),
            "SM clock": (f"max by (uuid) ({board('sm_clock_hertz')})", "hertz"),
            "Processes": (f"max by (uuid) ({board('processes')})", "none"),
            "Uncorrected errors": (f"max by (uuid) ({board('ecc_uncorrected_errors_total')})", "none"),
        },
        labels={"instance": "Host", "gpu": "GPU", "uuid": "UUID"},
        join="uuid",
        limits={
            "Memory": {0.9: ORANGE, 0.97: RED},
            "Temperature": HOT,
            "Uncorrected errors": {1: RED},
        },
    ),
)

USE = row(
    "Utilisation",
    graph(
        "Utilisation",
        "Part of the time in which a kernel ran; of divided GPUs the activity of their busiest part.",
        "percentunit",
        target(UTILISATION, NAME),
        maximum=1,
        limits={0.9: ORANGE},
    ),
    graph(
        "Multiprocessors",
        "Part of the time, over multiprocessors, with a warp (GPM, from Hopper on).",
        "percentunit",
        target(board("sm_active_ratio"), NAME),
        maximum=1,
    ),
    graph(
        "Tensor cores",
        "Part of the time in which they worked.",
        "percentunit",
        target(board("tensor_active_ratio"), NAME),
        maximum=1,
    ),
    graph(
        "Occupancy",
        "Resident warps by the most that can be.",
        "percentunit",
        target(board("sm_occupancy_ratio"), NAME),
        maximum=1,
    ),
    graph(
        "Pipes",
        "Part of the time in which they worked, mean of the chosen GPUs.",
        "percentunit",
        target(f"avg({board('fp16_active_ratio')})", "FP16"),
        target(f"avg({board('fp32_active_ratio')})", "FP32"),
        target(f"avg({board('fp64_active_ratio')})", "FP64"),
        target(f"avg({board('tensor_active_ratio')})", "tensor"),
        target(f"avg({board('graphics_active_ratio')})", "engine"),
    ),
    graph(
        "Encoder and decoder",
        "Part of the time in which they worked.",
        "percentunit",
        target(board("encoder_utilization_ratio"), f"{NAME} encoder"),
        target(board("decoder_utilization_ratio"), f"{NAME} decoder"),
    ),
)

MEMORIES = row(
    "Memory",
    graph(
        "Used",
        "Part of the board's memory.",
        "percentunit",
        target(MEMORY, NAME),
        maximum=1,
        limits={0.9: ORANGE, 0.97: RED},
    ),
    graph(
        "Used",
        "By programs; what the driver keeps is beside it.",
        "bytes",
        target(board("memory_used_bytes"), NAME),
        target(board("memory_reserved_bytes"), f"{NAME} driver"),
    ),
    graph(
        "Bandwidth",
        "Part that was used: by the performance counters, and by the driver's sampling.",
        "percentunit",
        target(board("dram_active_ratio"), NAME),
        target(board("memory_utilization_ratio"), f"{NAME} sampled"),
        maximum=1,
    ),
)

POWER = row(
    "Power, energy, temperature",
    graph(
        "Power",
        "The mean of the last second; the limit is dashed.",
        "watt",
        target(board("power_watts"), NAME),
        target(board("power_limit_watts"), f"{NAME} limit"),
        dashed=".* limit",
    ),
    graph(
        "Power by the energy counter",
        "What the energy grew by; it misses nothing between two readings.",
        "watt",
        target(rate("energy_joules_total"), NAME),
    ),
    graph(
        "Energy by host",
        "In an hour, as of now.",
        "watth",
        target(f"sum by (instance) (rate({board('energy_joules_total')}[{RATE}]))", "{{instance}}"),
        stacked=True,
    ),
    graph(
        "Temperature",
        "Of the chip.",
        "celsius",
        target(board("temperature_celsius"), NAME),
        limits=HOT,
    ),
    graph(
        "Temperature of the memory",
        "Of boards that measure it.",
        "celsius",
        target(board("memory_temperature_celsius"), NAME),
        limits={95: ORANGE, 105: RED},
    ),
    graph(
        "Fans",
        "Speed by the highest; boards of servers have none.",
        "percentunit",
        target(f"axonize_gpu_fan_speed_ratio{{{OF}}}", f"{NAME} fan {{{{fan}}}}"),
        maximum=1,
    ),
)

CLOCKS = row(
    "Clocks",
    graph(
        "Multiprocessors",
        "The highest is dashed.",
        "hertz",
        target(board("sm_clock_hertz"), NAME),
        target(board("sm_clock_max_hertz"), f"{NAME} highest"),
        dashed=".* highest",
    ),
    graph("Memory", "", "hertz", target(board("memory_clock_hertz"), NAME)),
    graph(
        "Why clocks are lowered",
        "1 while the reason holds: power, heat, an administrator, nothing to do.",
        "none",
        target(f"axonize_gpu_clock_event_active{{{OF}}}", f"{NAME} {{{{reason}}}}"),
    ),
    graph(
        "Lowered time",
        "Part of the time in which clocks were lowered for power or heat, not for want of work.",
        "percentunit",
        target(
            f'max by ({ONE}) (avg_over_time(axonize_gpu_clock_event_active{{{OF}, reason=~"{SLOWED}"}}[{RATE}]))',
            NAME,
        ),
        limits={0.5: ORANGE},
    ),
    graph("Performance state", "0 is the fastest.", "none", target(board("performance_state"), NAME)),
    graph("Video engines", "", "hertz", target(board("video_clock_hertz"), NAME)),
)

LINKS = row(
    "PCIe and NVLink",
    graph(
        "PCIe",
        "Bytes in a second.",
        "Bps",
        target(board("pcie_transmit_bytes_per_second"), f"{NAME} sent"),
        target(board("pcie_receive_bytes_per_second"), f"{NAME} received"),
    ),
    graph(
        "PCIe link",
        "Generation and lanes now, by the best that the slot can have: less than 1 under load is a fault.",
        "percentunit",
        target(
            f"{board('pcie_link_generation')} * {board('pcie_link_width')}"
            f" / ({board('pcie_link_generation_max')} * {board('pcie_link_width_max')})",
            NAME,
        ),
        maximum=1,
    ),
    graph(
        "PCIe packets sent again",
        "In a second.",
        "pps",
        target(rate("pcie_replays_total"), NAME),
        limits={1: ORANGE},
    ),
    graph(
        "NVLink",
        "Bytes in a second over all links.",
        "Bps",
        target(rate("nvlink_transmit_bytes_total"), f"{NAME} sent"),
        target(rate("nvlink_receive_bytes_total"), f"{NAME} received"),
    ),
    graph(
        "NVLinks that are up",
        "Of each GPU.",
        "none",
        target(f"sum by ({ONE}) (axonize_gpu_nvlink_active{{{OF}}})", NAME),
    ),
    graph(
        "Errors of NVLinks",
        "In the last minutes.",
        "none",
        target(increase("nvlink_crc_errors_total"), f"{NAME} checksums"),
        target(increase("nvlink_replay_errors_total"), f"{NAME} replays"),
        target(increase("nvlink_recoveries_total"), f"{NAME} recoveries"),
        limits={1: ORANGE},
    ),
)

FAULTS = row(
    "Faults",
    graph(
        "XIDs",
        "Faults that NVIDIA's driver has numbered, in the last minutes.",
        "none",
        target(f"increase({XIDS}[{RATE}])", "{{instance}} {{pci_bus_id}} XID {{xid}} ({{class}})"),
        limits={1: RED},
    ),
    graph(
        "Errors of the memory",
        "ECC, since the driver was loaded.",
        "none",
        target(board("ecc_corrected_errors_total"), f"{NAME} corrected"),
        target(board("ecc_uncorrected_errors_total"), f"{NAME} uncorrected"),
        limits={1: ORANGE},
    ),
    graph(
        "Replaced rows",
        "Of the memory; 1 of the last two: at the next reset, and in vain.",
        "none",
        target(board("remapped_rows_correctable_total"), f"{NAME} for corrected errors"),
        target(board("remapped_rows_uncorrectable_total"), f"{NAME} for uncorrected"),
        target(board("row_remap_pending"), f"{NAME} waits for a reset"),
        target(board("row_remap_failure"), f"{NAME} failed"),
        limits={1: ORANGE},
    ),
    graph(
        "Events",
        "In the last minutes.",
        "none",
        target(f"increase({EVENTS}[{RATE}])", "{{instance}} {{pci_bus_id}} {{event}}"),
    ),
    graph(
        "What the driver advises",
        "0 nothing, 1 a reset, 2 a restart, 3 and 4 to drain it.",
        "none",
        target(board("recovery_action"), NAME),
        limits={1: RED},
    ),
    graph("Answers", "0: off the bus, or a call on it hangs.", "none", target(board("up"), NAME), maximum=1),
)

PROCESSES = row(
    "Processes",
    graph("Processes", "With a context on the GPU.", "none", target(board("processes"), NAME), width=12),
    graph(
        "Memory of processes",
        "The ten with the most.",
        "bytes",
        target(
            f"topk(10, axonize_gpu_process_memory_bytes{{{OF}}})",
            f"{NAME} {{{{process}}}} ({{{{pid}}}})",
        ),
        width=12,
    ),
    table(
        "Processes now",
        "With the container that they run in.",
        {"Memory": (f"axonize_gpu_process_memory_bytes{{{OF}}}", "bytes")},
        labels={
            "instance": "Host",
            "gpu": "GPU",
            "gpu_instance": "Part",
            "pid": "PID",
            "process": "Process",
            "container": "Container",
        },
    ),
)

PARTS = row(
    "Parts of divided GPUs (MIG)",
    graph(
        "Multiprocessors",
        "Part of the time with a warp, of those of the part.",
        "percentunit",
        target(part("sm_active_ratio"), PART_NAME),
        maximum=1,
    ),
    graph(
        "Tensor cores",
        "Part of the time in which they worked.",
        "percentunit",
        target(part("tensor_active_ratio"), PART_NAME),
        maximum=1,
    ),
    graph(
        "Memory",
        "Part of what the part has.",
        "percentunit",
        target(f"{part('memory_used_bytes')} / {part('memory_total_bytes')}", PART_NAME),
        maximum=1,
        limits={0.9: ORANGE, 0.97: RED},
    ),
    table(
        "Parts",
        "What work can be given to; the generation counts divisions.",
        {"": (f"axonize_gpu_resource_info{{{OF}, {PART}}}", "none")},
        labels={
            "instance": "Host",
            "gpu": "GPU",
            "gpu_instance": "GPU instance",
            "compute_instance": "Compute instance",
            "mig_profile": "Profile",
            "resource_uuid": "UUID",
            "generation": "Generation",
        },
    ),
)

REST = row(
    "Telemetry",
    graph(
        "Time in calls of the driver",
        "Seconds of a second, by call.",
        "percentunit",
        target(
            f'sum by (call) (rate(axonize_gpu_telemetry_seconds_total{{instance=~"$instance"}}[{RATE}]))',
            "{{call}}",
        ),
        width=12,
    ),
    graph(
        "Drivers",
        "1 while a driver answers.",
        "none",
        target('axonize_gpu_driver_up{instance=~"$instance"}', "{{instance}} {{vendor}}"),
        width=12,
    ),
    table(
        "Not available",
        "Metrics without a value, and why.",
        {"GPUs": (f"count by (instance, metric, reason) (axonize_gpu_unavailable{{{OF}}})", "none")},
        labels={"instance": "Host", "metric": "Metric", "reason": "Reason"},
    ),
    text(
        "Dashboards made for DCGM",
        "The same values are there under the names of NVIDIA's DCGM exporter (`DCGM_FI_DEV_*`, `DCGM_FI_PROF_*`, with "
        "`gpu`, `UUID`, `modelName`, `GPU_I_ID`), so dashboards that were made for it, such as NVIDIA's own, show "
        "these GPUs with this data source. They filter by `instance`, or by `Hostname`, see `fleet.hostname_label`.",
    ),
    collapsed=True,
)


def made() -> dict:
    return dashboard(
        "axonize-gpus",
        "Axonize: GPUs",
        "GPUs and parts of GPUs that Axonize and its agents read.",
        ["gpus"],
        rows=[OVERVIEW, USE, MEMORIES, POWER, CLOCKS, LINKS, FAULTS, PROCESSES, PARTS, REST],
        variables=[
            variable("instance", "Host", "label_values(axonize_gpu_info, instance)"),
            variable("gpu", "GPU", 'label_values(axonize_gpu_info{instance=~"$instance"}, gpu)'),
        ],
        annotations=[
            annotation(
                "XIDs",
                f"(increase({XIDS}[{RATE}]) > 0) or ({XIDS} unless {XIDS} offset {RATE})",
                "{{instance}} {{pci_bus_id}}: XID {{xid}} ({{class}})",
                color="red",
            ),
            annotation(
                "Events",
                f"(increase({EVENTS}[{RATE}]) > 0) or ({EVENTS} unless {EVENTS} offset {RATE})",
                "{{instance}} {{pci_bus_id}}: {{event}}",
                color="orange",
            ),
        ],
    )
