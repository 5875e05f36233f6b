import System
import Testing

@testable import CLI

struct MachineCheckTests {
  @Test(arguments: [
    (true, 2, Finding.Level.fine, "synchronised", ""), (true, 400, .warning, "may be off by 400 ms", "chronyc"),
    (false, 16_000, .warning, "not synchronised", "timedatectl set-ntp true"),
  ])
  func `the clock is judged by what the kernel says`(
    isSynchronised: Bool, milliseconds: Int, level: Finding.Level, detail: String, remedy: String
  ) {
    let finding = MachineChecks.clock {
      ClockStatus(isSynchronised: isSynchronised, errorMax: .milliseconds(milliseconds))
    }
    #expect(finding.level == level)
    #expect(finding.detail.contains(detail))
    #expect(finding.remedy.contains(remedy))
    #expect(finding.remedy.isEmpty == remedy.isEmpty)
  }

  @Test func `a kernel that says nothing of its clock is not a problem`() {
    let finding = MachineChecks.clock { () throws(SystemError) in throw SystemError(call: "adjtimex", code: 1) }
    #expect(finding.level == .note)
    #expect(finding.detail.contains("adjtimex"))
  }

  @Test func `this machine's clock can be asked`() {
    #expect(throws: Never.self) { _ = try ClockStatus.read() }
  }
}
