/// How often a value is read.
package enum GPUSchedule: Int, Sendable, CaseIterable {
  /// Every second, or ten times in a burst.
  case fast
  /// Every 5 s: calls that take milliseconds, and what changes seldom.
  case slow
  /// Every 10 s: identity, division, topology.
  case fixed
}

/// What is measured of a GPU or of a part of it; the raw value is its name as a series.
package enum GPUMetric: String, Sendable, CaseIterable {
  case utilisation = "axonize_gpu_utilization_ratio"
  case memoryUtilisation = "axonize_gpu_memory_utilization_ratio"
  case memoryTotal = "axonize_gpu_memory_total_bytes"
  case memoryUsed = "axonize_gpu_memory_used_bytes"
  case memoryFree = "axonize_gpu_memory_free_bytes"
  case memoryReserved = "axonize_gpu_memory_reserved_bytes"
  case temperature = "axonize_gpu_temperature_celsius"
  case memoryTemperature = "axonize_gpu_memory_temperature_celsius"
  case hotSpotTemperature = "axonize_gpu_hot_spot_temperature_celsius"
  case power = "axonize_gpu_power_watts"
  case powerInstant = "axonize_gpu_power_instant_watts"
  case powerLimit = "axonize_gpu_power_limit_watts"
  case energy = "axonize_gpu_energy_joules_total"
  case graphicsClock = "axonize_gpu_graphics_clock_hertz"
  case smClock = "axonize_gpu_sm_clock_hertz"
  case memoryClock = "axonize_gpu_memory_clock_hertz"
  case videoClock = "axonize_gpu_video_clock_hertz"
  case smClockMax = "axonize_gpu_sm_clock_max_hertz"
  case clockEventReasons = "axonize_gpu_clock_event_reasons"
  case clockEventActive = "axonize_gpu_clock_event_active"
  case performanceState = "axonize_gpu_performance_state"

  case graphicsActive = "axonize_gpu_graphics_active_ratio"
  case smActive = "axonize_gpu_sm_active_ratio"
  case smOccupancy = "axonize_gpu_sm_occupancy_ratio"
  case tensorActive = "axonize_gpu_tensor_active_ratio"
  case dramActive = "axonize_gpu_dram_active_ratio"
  case fp64Active = "axonize_gpu_fp64_active_ratio"
  case fp32Active = "axonize_gpu_fp32_active_ratio"
  case fp16Active = "axonize_gpu_fp16_active_ratio"
  case pcieTransmitted = "axonize_gpu_pcie_transmit_bytes_per_second"
  case pcieReceived = "axonize_gpu_pcie_receive_bytes_per_second"
  case linkTransmitted = "axonize_gpu_nvlink_transmit_bytes_per_second"
  case linkReceived = "axonize_gpu_nvlink_receive_bytes_per_second"

  case encoderUtilisation = "axonize_gpu_encoder_utilization_ratio"
  case decoderUtilisation = "axonize_gpu_decoder_utilization_ratio"
  case fanSpeed = "axonize_gpu_fan_speed_ratio"
  case pcieGeneration = "axonize_gpu_pcie_link_generation"
  case pcieGenerationMax = "axonize_gpu_pcie_link_generation_max"
  case pcieWidth = "axonize_gpu_pcie_link_width"
  case pcieWidthMax = "axonize_gpu_pcie_link_width_max"
  case pcieReplays = "axonize_gpu_pcie_replays_total"
  case eccCorrected = "axonize_gpu_ecc_corrected_errors_total"
  case eccUncorrected = "axonize_gpu_ecc_uncorrected_errors_total"
  case eccCorrectedLifetime = "axonize_gpu_ecc_lifetime_corrected_errors_total"
  case eccUncorrectedLifetime = "axonize_gpu_ecc_lifetime_uncorrected_errors_total"
  case rowsRemappedCorrectable = "axonize_gpu_remapped_rows_correctable_total"
  case rowsRemappedUncorrectable = "axonize_gpu_remapped_rows_uncorrectable_total"
  case rowRemapPending = "axonize_gpu_row_remap_pending"
  case rowRemapFailure = "axonize_gpu_row_remap_failure"
  case linkTransmittedTotal = "axonize_gpu_nvlink_transmit_bytes_total"
  case linkReceivedTotal = "axonize_gpu_nvlink_receive_bytes_total"
  case linkReplays = "axonize_gpu_nvlink_replay_errors_total"
  case linkRecoveries = "axonize_gpu_nvlink_recoveries_total"
  case linkCRCErrors = "axonize_gpu_nvlink_crc_errors_total"
  case linkActive = "axonize_gpu_nvlink_active"
  case recoveryAction = "axonize_gpu_recovery_action"
  case processCount = "axonize_gpu_processes"
  case fabricState = "axonize_gpu_fabric_state"
}

/// The same value under the name that NVIDIA's DCGM exporter gives it.
package struct DCGMFamily: Sendable, Equatable {
  package let name: String
  /// What a value of ours is multiplied by to have DCGM's unit.
  package let factor: Double

  init(_ name: String, times factor: Double = 1) {
    self.name = name
    self.factor = factor
  }
}

/// What is known of a metric.
package struct GPUMetricFacts: Sendable {
  package let isCounter: Bool
  package let help: String
  package let dcgm: DCGMFamily?
  /// The label that tells readings of one GPU apart.
  package let detail: String?

  fileprivate static func gauge(_ help: String, _ dcgm: DCGMFamily? = nil, detail: String? = nil) -> GPUMetricFacts {
    GPUMetricFacts(isCounter: false, help: help, dcgm: dcgm, detail: detail)
  }

  fileprivate static func counter(_ help: String, _ dcgm: DCGMFamily? = nil) -> GPUMetricFacts {
    GPUMetricFacts(isCounter: true, help: help, dcgm: dcgm, detail: nil)
  }
}

extension GPUMetric {
  private static let mebibytes = 1.0 / 1_048_576
  private static let megahertz = 1e-6

  /// The table of metrics: kind, help, DCGM's name.
  package var facts: GPUMetricFacts {
    switch self {
    case .utilisation: .gauge("Part of the last period in which a kernel ran.", device("GPU_UTIL", 100))
    case .memoryUtilisation: .gauge("Part of the last period in which memory was busy.", device("MEM_COPY_UTIL", 100))
    case .memoryTotal: .gauge("Memory.", device("FB_TOTAL", Self.mebibytes))
    case .memoryUsed: .gauge("Memory that is in use, without what the driver keeps.", device("FB_USED", Self.mebibytes))
    case .memoryFree: .gauge("Memory that is free.", device("FB_FREE", Self.mebibytes))
    case .memoryReserved: .gauge("Memory that the driver keeps.", device("FB_RESERVED", Self.mebibytes))
    case .temperature: .gauge("Temperature of the GPU; the edge of the chip at AMD.", device("GPU_TEMP"))
    case .memoryTemperature: .gauge("Temperature of the memory.", device("MEMORY_TEMP"))
    case .hotSpotTemperature: .gauge("Temperature of the hottest place of the chip.")
    case .power: .gauge("Power, the mean of the last second.", device("POWER_USAGE"))
    case .powerInstant: .gauge("Power now.", device("POWER_USAGE_INSTANT"))
    case .powerLimit: .gauge("Power that the driver holds the GPU to.", device("ENFORCED_POWER_LIMIT"))
    case .energy: .counter("Energy since the driver was loaded.", device("TOTAL_ENERGY_CONSUMPTION", 1000))
    case .graphicsClock: .gauge("Clock of the graphics engine.")
    case .smClock: .gauge("Clock of the multiprocessors.", device("SM_CLOCK", Self.megahertz))
    case .memoryClock: .gauge("Clock of the memory.", device("MEM_CLOCK", Self.megahertz))
    case .videoClock: .gauge("Clock of the video engines.", device("VIDEO_CLOCK", Self.megahertz))
    case .smClockMax: .gauge("Highest clock of the multiprocessors.", device("MAX_SM_CLOCK", Self.megahertz))
    case .clockEventReasons: .gauge("Why clocks are lowered, as bits.", device("CLOCKS_EVENT_REASONS"))
    case .clockEventActive: .gauge("1 for a reason for which clocks are lowered.", detail: "reason")
    case .performanceState: .gauge("Performance state, 0 for the fastest.", device("PSTATE"))
    case .graphicsActive: .gauge("Part of the time in which the engine was active.", profiling("GR_ENGINE_ACTIVE"))
    case .smActive: .gauge("Part of the time, over multiprocessors, with a warp.", profiling("SM_ACTIVE"))
    case .smOccupancy: .gauge("Resident warps by the most that can be.", profiling("SM_OCCUPANCY"))
    case .tensorActive: .gauge("Part of the time in which tensor cores worked.", profiling("PIPE_TENSOR_ACTIVE"))
    case .dramActive: .gauge("Part of the memory's bandwidth that was used.", profiling("DRAM_ACTIVE"))
    case .fp64Active: .gauge("Part of the time in which the FP64 pipe worked.", profiling("PIPE_FP64_ACTIVE"))
    case .fp32Active: .gauge("Part of the time in which the FP32 pipe worked.", profiling("PIPE_FP32_ACTIVE"))
    case .fp16Active: .gauge("Part of the time in which the FP16 pipe worked.", profiling("PIPE_FP16_ACTIVE"))
    case .pcieTransmitted: .gauge("Bytes from the GPU over PCIe.", profiling("PCIE_TX_BYTES"))
    case .pcieReceived: .gauge("Bytes to the GPU over PCIe.", profiling("PCIE_RX_BYTES"))
    case .linkTransmitted: .gauge("Bytes from the GPU over all NVLinks.", profiling("NVLINK_TX_BYTES"))
    case .linkReceived: .gauge("Bytes to the GPU over all NVLinks.", profiling("NVLINK_RX_BYTES"))
    case .encoderUtilisation: .gauge("Part of the time in which the encoder worked.", device("ENC_UTIL", 100))
    case .decoderUtilisation: .gauge("Part of the time in which the decoder worked.", device("DEC_UTIL", 100))
    case .fanSpeed: .gauge("Speed of a fan by its highest.", device("FAN_SPEED", 100), detail: "fan")
    case .pcieGeneration: .gauge("Generation of the PCIe link now.", device("PCIE_LINK_GEN"))
    case .pcieGenerationMax: .gauge("Generation that the PCIe link can have.", device("PCIE_MAX_LINK_GEN"))
    case .pcieWidth: .gauge("Lanes of the PCIe link now.", device("PCIE_LINK_WIDTH"))
    case .pcieWidthMax: .gauge("Lanes that the PCIe link can have.", device("PCIE_MAX_LINK_WIDTH"))
    case .pcieReplays: .counter("Packets that PCIe sent again.", device("PCIE_REPLAY_COUNTER"))
    case .eccCorrected: .counter("Corrected errors since the driver was loaded.", device("ECC_SBE_VOL_TOTAL"))
    case .eccUncorrected: .counter("Uncorrected errors since the driver was loaded.", device("ECC_DBE_VOL_TOTAL"))
    case .eccCorrectedLifetime: .counter("Corrected errors of the board's life.", device("ECC_SBE_AGG_TOTAL"))
    case .eccUncorrectedLifetime: .counter("Uncorrected errors of the board's life.", device("ECC_DBE_AGG_TOTAL"))
    case .rowsRemappedCorrectable: .counter("Rows replaced, errors corrected.", device("CORRECTABLE_REMAPPED_ROWS"))
    case .rowsRemappedUncorrectable: .counter("Rows replaced, errors not.", device("UNCORRECTABLE_REMAPPED_ROWS"))
    case .rowRemapPending: .gauge("1 when rows are replaced at the next reset.", device("ROW_REMAP_PENDING"))
    case .rowRemapFailure: .gauge("1 when a row could not be replaced.", device("ROW_REMAP_FAILURE"))
    case .linkTransmittedTotal: .counter("Bytes of payload from the GPU over all NVLinks.")
    case .linkReceivedTotal: .counter("Bytes of payload to the GPU over all NVLinks.")
    case .linkReplays: .counter("Replays on NVLinks.", device("NVLINK_REPLAY_ERROR_COUNT_TOTAL"))
    case .linkRecoveries: .counter("Recoveries of NVLinks.", device("NVLINK_RECOVERY_ERROR_COUNT_TOTAL"))
    case .linkCRCErrors: .counter("Checksum errors on NVLinks.", device("NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL"))
    case .linkActive: .gauge("1 for an NVLink that is up.", detail: "link")
    case .recoveryAction: .gauge("What the driver advises: 0 nothing, 1 reset, 2 reboot, 3 and 4 drain.")
    case .processCount: .gauge("Processes with a context.")
    case .fabricState: .gauge("Registration with the fabric: 1 not started, 2 under way, 3 completed.")
    }
  }

  private func device(_ name: String, _ factor: Double = 1) -> DCGMFamily {
    DCGMFamily("DCGM_FI_DEV_\(name)", times: factor)
  }

  private func profiling(_ name: String) -> DCGMFamily { DCGMFamily("DCGM_FI_PROF_\(name)") }
}
