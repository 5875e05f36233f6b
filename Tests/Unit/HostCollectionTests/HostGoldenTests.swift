import Collection
import Foundation
import TestSupport
import Testing

@testable import HostCollection

/// The files of a machine that node_exporter is tested with, and the page that it makes of them.
struct HostGoldenTests {
  private static let corpus: String = {
    let repository = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
    return (ProcessInfo.processInfo.environment["AXONIZE_CORPORA"] ?? repository + "/../shared/corpora")
      + "/node_exporter"
  }()
  private static let isThere = FileManager.default.fileExists(atPath: corpus + "/e2e-output.txt")

  /// Families whose values the page has of the machine that ran the test, not of the files.
  private static func isOfTheMachine(_ name: String) -> Bool {
    name.hasPrefix("node_network_receive_") || name.hasPrefix("node_network_transmit_") && name.hasSuffix("_total")
      || name.hasPrefix("node_scrape_") || name == "node_time_seconds" || name.hasPrefix("node_timex_")
      || name.hasPrefix("node_filesystem_")
  }

  /// Values by series, and types by family.
  private struct Page {
    var families: [String: (type: String, series: [String: Double])] = [:]

    init(_ text: String) {
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        if line.hasPrefix("# TYPE") {
          families[String(words[2]), default: ("", [:])].type = String(words[3])
        } else if !line.hasPrefix("#"), let space = line.lastIndex(of: " ") {
          let series = line[..<space]
          let name = series.prefix { $0 != "{" }
          let labels = series.dropFirst(name.count).dropFirst().dropLast()
          // node_exporter's own test leaves these out by its options.
          if labels.contains("device=\"dmz\"") || labels.contains("device=\"int\"") { continue }
          families[String(name), default: ("", [:])].series[Self.sorted(labels)] =
            Double(line[line.index(after: space)...])
        }
      }
    }

    /// The labels in the order of their names.
    private static func sorted(_ labels: Substring) -> String {
      var pairs: [String] = []
      var (pair, isQuoted, isEscaped) = ("", false, false)
      for character in labels {
        if character == ",", !isQuoted {
          pairs.append(pair)
          pair = ""
          continue
        }
        if character == "\"", !isEscaped { isQuoted.toggle() }
        isEscaped = character == "\\" && !isEscaped
        pair.append(character)
      }
      return (pairs + [pair]).sorted().joined(separator: ",")
    }
  }

  private static func unpacked() throws -> HostFixture {
    let fixture = try HostFixture()
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-xzf", corpus + "/proc_sys.tar.gz", "-C", fixture.folder]
    try tar.run()
    tar.waitUntilExit()
    try #require(tar.terminationStatus == 0, "tar could not unpack \(corpus)/proc_sys.tar.gz")
    return fixture
  }

  private static func pages() throws -> (ours: Page, theirs: Page) {
    let fixture = try unpacked()
    let entries = HostCollectors.quick(fixture.roots, .default) + HostCollectors.slow(fixture.roots, .default)
    let collected = Collected(of: entries.map(\.collector))
    let ours = String(decoding: CollectedPage.encode([collected]), as: UTF8.self)
    return (Page(ours), Page(try String(contentsOfFile: corpus + "/e2e-output.txt", encoding: .utf8)))
  }

  @Test(.enabled(if: isThere, "the corpus node_exporter is not there (AXONIZE_CORPORA)"))
  func `every family that is collected equals node_exporter's, label by label and value by value`() throws {
    let (ours, theirs) = try Self.pages()
    var equalCount = 0
    for (name, family) in ours.families where !Self.isOfTheMachine(name) && !name.hasPrefix("container_") {
      guard let expected = theirs.families[name] else {
        Issue.record("\(name) is not among node_exporter's families")
        continue
      }
      #expect(family.type == expected.type, "type of \(name)")
      #expect(family.series == expected.series, "series of \(name)")
      equalCount += expected.series.count
    }
    #expect(equalCount > 500)
  }

  @Test(.enabled(if: isThere, "the corpus node_exporter is not there (AXONIZE_CORPORA)"))
  func `the list of families that are not collected is known`() throws {
    let (ours, theirs) = try Self.pages()
    let missing = theirs.families.keys.filter { $0.hasPrefix("node_") && ours.families[$0] == nil }.sorted()
    try Snapshot.expect(missing.joined(separator: "\n") + "\n", named: "families-not-collected.txt")
  }
}
