import Base
import Collection
import NVMLTestSupport
import System
import TestSupport
import Testing

@testable import GPUCollection

/// The series that a collector over a stand-in gives, as lines of the page.
private struct Page {
  let lines: [String]

  init(_ collected: CollectedStandIn, host: DCGMHostLabel = .none, hasDCGM: Bool = true) {
    let collector = GPUMetricsCollector(collected.collector, hasDCGM: hasDCGM, host: host)
    var table = Collected(collectors: [collector.name])
    table.begin(at: WallClock.now)
    table.run(collector, number: 0)
    lines = String(decoding: CollectedPage.encode([table]), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  func contains(_ line: String) -> Bool { lines.contains(line) }
  func count(_ prefix: String) -> Int { lines.count { $0.hasPrefix(prefix) } }
}

@Suite("Series of GPUs") struct GPUSeriesTests {
  private static let h100 =
    #"gpu="0",uuid="GPU-00000000-0000-0000-0000-000000000000",pci_bus_id="0000:00:09.0",model="NVIDIA H100 80GB HBM3""#
  private static let dcgm =
    #"gpu="0",UUID="GPU-00000000-0000-0000-0000-000000000000",pci_bus_id="00000000:00:09.0",device="nvidia0","#
    + #"modelName="NVIDIA H100 80GB HBM3""#

  @Test("A GPU's values have our names, and DCGM's with its units") func both() throws {
    let collected = try CollectedStandIn("h100")
    _ = try collected.complete()
    let page = Page(collected, host: .lowerCase("node1"))
    for (name, value) in [
      ("axonize_gpu_utilization_ratio", "1"), ("axonize_gpu_power_watts", "631.95"),
      ("axonize_gpu_memory_total_bytes", "85520809984"), ("axonize_gpu_sm_clock_hertz", "1980000000"),
      ("axonize_gpu_sm_active_ratio", "0.9725"), ("axonize_gpu_up", "1"),
    ] {
      #expect(page.contains("\(name){\(Self.h100)} \(value)"), "\(name)")
    }
    for (name, value) in [
      ("DCGM_FI_DEV_GPU_UTIL", "100"), ("DCGM_FI_DEV_FB_USED", "19818"), ("DCGM_FI_DEV_FB_RESERVED", "479"),
      ("DCGM_FI_DEV_GPU_TEMP", "59"), ("DCGM_FI_DEV_SM_CLOCK", "1980"), ("DCGM_FI_PROF_SM_ACTIVE", "0.9725"),
      ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "0.7175"),
    ] {
      #expect(page.contains(#"\#(name){\#(Self.dcgm),hostname="node1"} \#(value)"#), "\(name)")
    }
    #expect(page.contains(#"DCGM_FI_DEV_XID_ERRORS{\#(Self.dcgm),err_code="0",err_msg="",hostname="node1"} 0"#))
    let reason = #"gpu_instance="",mig_profile="",metric="axonize_gpu_fan_speed_ratio",reason="not_supported""#
    #expect(page.contains("axonize_gpu_unavailable{\(Self.h100),\(reason)} 1"))
    #expect(page.count("axonize_gpu_fan_speed_ratio") == 0)
    #expect(page.count("axonize_gpu_nvlink_active{") == 18)
    #expect(page.contains(#"axonize_gpu_driver_up{vendor="nvidia"} 1"#))
    #expect(page.count("axonize_gpu_telemetry_seconds_total{call=\"nvmlDeviceGetUtilizationRates\"}") == 1)
    // A call that waits on purpose is no cost.
    #expect(page.count("axonize_gpu_telemetry_seconds_total{call=\"nvmlEventSetWait_v2\"}") == 0)
  }

  @Test("Both names come from one table, so that they say the same") func table() throws {
    let names = GPUMetric.allCases.compactMap(\.facts.dcgm?.name)
    #expect(Set(names).count == names.count)
    for metric in GPUMetric.allCases {
      #expect(metric.facts.isCounter == metric.rawValue.hasSuffix("_total"), "\(metric)")
      #expect(metric.facts.help.hasSuffix("."), "\(metric)")
    }
  }

  // The counters of DCGM's exporter that are on by default, as of version 4 (etc/default-counters.csv and
  // etc/dcp-metrics-included.csv); docs/gpus.md says which of them there are not, and why.
  @Test(
    "DCGM's exporter has these by default",
    arguments: [
      "SM_CLOCK", "MEM_CLOCK", "MEMORY_TEMP", "GPU_TEMP", "POWER_USAGE", "TOTAL_ENERGY_CONSUMPTION",
      "PCIE_REPLAY_COUNTER", "GPU_UTIL", "MEM_COPY_UTIL", "ENC_UTIL", "DEC_UTIL", "FB_FREE", "FB_USED", "FB_RESERVED",
      "UNCORRECTABLE_REMAPPED_ROWS", "CORRECTABLE_REMAPPED_ROWS", "ROW_REMAP_FAILURE", "GR_ENGINE_ACTIVE",
      "PIPE_TENSOR_ACTIVE", "DRAM_ACTIVE", "PCIE_TX_BYTES", "PCIE_RX_BYTES",
    ])
  func defaults(name: String) {
    let names = GPUMetric.allCases.compactMap(\.facts.dcgm?.name)
    #expect(names.contains("DCGM_FI_DEV_\(name)") || names.contains("DCGM_FI_PROF_\(name)"))
  }

  @Test("Parts have labels of their own, and the board's series stay") func parts() throws {
    let collected = try CollectedStandIn("h200-mig")
    _ = try collected.complete()
    let page = Page(collected)
    #expect(page.count("axonize_gpu_power_watts{") == 1)
    #expect(page.count("DCGM_FI_DEV_POWER_USAGE{") == 1)
    #expect(page.count("axonize_gpu_memory_used_bytes{") == 5)
    #expect(
      page.lines.contains {
        $0.hasPrefix("axonize_gpu_memory_total_bytes{") && $0.contains(#"gpu_instance="9",mig_profile="1g.18gb""#)
          && $0.hasSuffix(" 17179869184")
      })
    #expect(
      page.lines.contains {
        $0.hasPrefix("DCGM_FI_DEV_FB_USED{") && $0.hasSuffix(#"GPU_I_PROFILE="3g.71gb",GPU_I_ID="2"} 16925"#)
      })
    #expect(
      page.lines.contains {
        $0.hasPrefix("DCGM_FI_PROF_SM_ACTIVE{") && $0.hasSuffix(#"GPU_I_PROFILE="2g.35gb",GPU_I_ID="3"} 0"#)
      })
    #expect(page.count("axonize_gpu_utilization_ratio") == 0)
    #expect(page.count("axonize_gpu_resource_info{") == 5)
    #expect(
      page.lines.contains {
        $0.contains(#"compute_instance="1",compute_profile="2c.3g.71gb",resource_uuid="MIG-00000001-"#)
          && $0.hasSuffix(#"generation="1"} 1"#)
      })
    #expect(
      page.lines.contains {
        $0.hasPrefix("axonize_gpu_process_memory_bytes{")
          && $0.contains(#"gpu_instance="2",compute_instance="1",pid="12267""#) && $0.hasSuffix(" 14183038976")
      })
  }

  @Test("Values that stand for none are no series") func sentinels() throws {
    let collected = try CollectedStandIn("h100; sentinels")
    _ = try collected.complete()
    let page = Page(collected)
    for name in ["axonize_gpu_energy_joules_total", "axonize_gpu_power_watts", "DCGM_FI_DEV_POWER_USAGE"] {
      #expect(page.count("\(name){") == 0, "\(name)")
    }
    #expect(page.count("axonize_gpu_process_memory_bytes") == 0)
    #expect(page.contains("axonize_gpu_processes{\(Self.h100)} 3"))
    let reason = #"metric="axonize_gpu_energy_joules_total",reason="no_value"} 1"#
    #expect(page.lines.contains { $0.hasSuffix(reason) })
  }

  @Test("Without DCGM's names there are none") func switchedOff() throws {
    let collected = try CollectedStandIn("h100")
    _ = try collected.complete()
    #expect(Page(collected, hasDCGM: false).count("DCGM") == 0)
  }

  @Test("Events and hanging calls are series") func faults() throws {
    let collected = try CollectedStandIn("h100", wedgedAfter: .milliseconds(50))
    _ = try collected.complete()
    try collected.standIn.play("h100\nevent 1 0 8 79\nevent 2 0 8 79")
    eventually { collected.counts(.xid(79)) == 2 }
    try collected.standIn.play("h100\nwedge nvmlDeviceGetTemperatureV 0")
    _ = try collected.gpu { $0.wedged != nil }
    let page = Page(collected)
    #expect(page.contains(#"axonize_gpu_xid_errors_total{pci_bus_id="0000:00:09.0",xid="79",class="hardware"} 2"#))
    #expect(
      page.contains(#"DCGM_FI_DEV_XID_ERRORS{\#(Self.dcgm),err_code="79",err_msg="the GPU has fallen off the bus"} 79"#)
    )
    #expect(page.contains("axonize_gpu_up{\(Self.h100)} 0"))
    #expect(page.count(#"axonize_gpu_wedged_seconds{\#(Self.h100),call="nvmlDeviceGetTemperatureV"}"#) == 1)
    #expect(page.count("axonize_gpu_temperature_celsius") == 0)
    try collected.standIn.play("h100")
  }

  @Test("Without the driver the collector says why") func noDriver() throws {
    let collector = GPUCollector([NVIDIABackend(libraryPath: "/nonexistent.so")], NVIDIACollectionTests.withoutLog)
    try collector.start()
    eventually { collector.snapshot().backends[0].failure?.contains("/nonexistent.so") == true }
    let metrics = GPUMetricsCollector(collector)
    var table = Collected(collectors: [metrics.name])
    table.begin(at: WallClock.now)
    table.run(metrics, number: 0)
    #expect(table.statuses[0].isSuccessful)
    #expect(table.statuses[0].problems.count == 1)
    #expect("\(table.statuses[0].problems[0])".hasPrefix("GPUs of nvidia: NVIDIA's management library /nonexistent.so"))
    #expect(collector.stop())
  }
}
