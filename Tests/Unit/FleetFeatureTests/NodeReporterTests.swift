import Base
import NodeReports
import Synchronization
import System
import TestSupport
import Testing

@testable import FleetFeature

struct NodeReporterTests {
  private final class Log: LogSink {
    let level = LogLevel.debug
    private let written = Mutex<[String]>([])
    var lines: [String] { written.withLock { $0 } }

    func write(_ level: LogLevel, component: String, message: String, fields: [LogField]) {
      written.withLock { $0.append("\(level) \(fields.map(\.value).joined())") }
    }
  }

  @Test func `reports go on while they are not taken, and what is wrong is said once`() throws {
    let problems: [String?] = ["away", "away", "no", nil, nil]
    let reports = Mutex<[NodeReport]>([])
    let log = Log()
    let reporter = NodeReporter(
      name: "n1", version: "1.2", labels: ["rack": "r1"], run: "17", gpus: nil,
      pace: .init(interval: .milliseconds(1), firstAfter: .zero), logger: Logger(component: "test", sink: log),
      clockOffset: { -600 }
    ) { report in
      reports.withLock { reports in
        reports.append(report)
        return .init(problem: reports.count <= problems.count ? problems[reports.count - 1] : nil)
      }
    }
    try reporter.start()
    eventually { reports.withLock { $0.count } > problems.count }
    reporter.stop()
    #expect(log.lines == ["warning away", "warning no", "info "])
    #expect(reporter.problem == nil)
    var expected = NodeReport()
    expected.name = "n1"
    expected.version = "1.2"
    expected.labels = ["rack": "r1"]
    expected.run = "17"
    expected.clockOffsetSeconds = -600
    #expect(reports.withLock { $0.first } == expected)
  }
}
