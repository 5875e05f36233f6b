import Foundation
import System
import Testing

@testable import CLI

struct RefusedRequestTests {
  @Test(arguments: [
    ([], []), (["4.traces.pb", "4.txt"], ["1 refused request is set aside in"]),
    (
      ["4.traces.pb", "4.txt", "5.logs.json", "5.txt", "7.damaged", "8.damaged"],
      ["2 refused requests are set aside in", "2 damaged segments of the journal kept in"]
    ),
  ])
  func `what is set aside in the journal's folder is counted by its kind`(files: [String], details: [String]) throws {
    let folder = NSTemporaryDirectory() + "axonize-refused-\(UInt64.random(in: 0...UInt64.max))"
    try File.makeDirectories(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in files { try File.writeAtomically("\(folder)/\(name)", []) }
    let findings = MachineChecks.refusedRequests(folder)
    #expect(findings.map(\.level) == details.map { _ in .warning })
    for (finding, detail) in zip(findings, details) { #expect(finding.detail.hasPrefix(detail)) }
  }
}
