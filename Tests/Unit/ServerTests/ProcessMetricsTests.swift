import Metrics
import Testing

@testable import Server

struct ProcessMetricsTests {
  private static let fromFiles: Set = [
    "process_open_fds", "process_resident_memory_bytes", "process_virtual_memory_bytes",
  ]

  private func values(folder: String) -> [String: MetricValue] {
    let metrics = MetricRegistry()
    ProcessMetrics.register(into: metrics, folder: folder)
    return metrics.snapshot().reduce(into: [:]) { $0[$1.name] = $1.series.first?.value }
  }

  @Test func `every figure of a running process is above zero`() {
    let values = values(folder: "/proc/self")
    #expect(values.keys.count == 6)
    for (name, value) in values {
      guard case .number(let number) = value else {
        Issue.record("\(name) is no number")
        continue
      }
      #expect(number > 0, "\(name)")
    }
  }

  @Test func `a figure that cannot be read is left out, not zero`() {
    let values = values(folder: "/does/not/exist")
    #expect(Self.fromFiles.isDisjoint(with: values.keys))
    #expect(values["process_cpu_seconds_total"] != nil)
  }
}
