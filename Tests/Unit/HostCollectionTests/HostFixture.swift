import Base
import Collection
import Foundation
import System

@testable import HostCollection

/// A folder with files of proc(5) and sysfs(5), gone with the fixture.
final class HostFixture {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "/host-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var roots: HostRoots { HostRoots(proc: folder + "/proc", sys: folder + "/sys") }

  /// Writes a file, its folders included.
  @discardableResult
  func write(_ path: String, _ text: String) throws -> Self {
    let path = folder + "/" + path
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return self
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: folder + "/" + path) }
}

extension Collected {
  /// What collectors give in one batch.
  init(of collectors: [any Collector]) {
    self.init(collectors: collectors.map(\.name))
    collect(collectors)
  }

  mutating func collect(_ collectors: [any Collector]) {
    begin(at: UnixNanoseconds(1_000_000_000))
    for (number, collector) in collectors.enumerated() { run(collector, number: number) }
  }

  /// The newest samples as lines, `name{label="value"}` and the value, without those about the collectors.
  var lines: [String] {
    var lines: [String] = []
    for line in String(decoding: CollectedPage.encode([self]), as: UTF8.self).split(separator: "\n")
    where !line.hasPrefix("#") && !line.hasPrefix("node_scrape_") { lines.append(String(line)) }
    return lines
  }

  /// What the collectors could not read, in words.
  var problems: [String] { statuses.flatMap { $0.problems.map(\.description) } }
}
