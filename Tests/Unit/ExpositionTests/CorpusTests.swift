import Exposition
import FoundationEssentials
import Testing

/// Goal: what others' parsers take and refuse, this one does.
///
/// The texts are others' and are not in this repository; a machine without them skips these tests.
@Suite struct CorpusTests {
  private static let root: String = {
    let repository = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
    return ProcessInfo.processInfo.environment["AXONIZE_CORPORA"] ?? repository + "/../shared/corpora"
  }()

  private static func isThere(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + folder) }

  private static func text(_ path: String) throws -> [UInt8] {
    [UInt8](try #require(FileManager.default.contents(atPath: root + "/" + path), "\(path) cannot be read"))
  }

  @Test(.enabled(if: isThere("openmetrics")))
  func `every case of OpenMetrics' own suite is decided as it says`() throws {
    let folder = "openmetrics/tests/testdata/parsers"
    var counts = [true: 0, false: 0]
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.root + "/" + folder).sorted() {
      let description = String(decoding: try Self.text("\(folder)/\(name)/test.json"), as: UTF8.self)
      let isValid = description.contains("\"shouldParse\": true")
      counts[isValid, default: 0] += 1
      let text = try Self.text("\(folder)/\(name)/metrics")
      do throws(ExpositionError) {
        _ = try record(text, .openMetrics)
        if !isValid { Issue.record("\(name) is invalid and was taken") }
      } catch {
        if isValid { Issue.record("\(name) is valid and was refused: \(error)") }
      }
    }
    #expect(counts == [true: 44, false: 167])
  }

  @Test(
    .enabled(if: isThere("exposition")),
    arguments: [
      ("alltypes.237mfs.prom.txt", ExpositionFormat.text), ("alltypes.237mfs.nometa.prom.txt", .text),
      ("alltypes.5mfs.om.txt", .openMetrics), ("1histogram.om.txt", .openMetrics),
    ])
  func `expositions of Prometheus' own tests parse`(name: String, format: ExpositionFormat) throws {
    let text = try Self.text("exposition/\(name)")
    let recorder = try record(text, format, isStrict: false)
    let lines = text.split(separator: UInt8(ascii: "\n"))
    let comment = UInt8(ascii: "#")
    #expect(recorder.samples.count == lines.count { $0.first != comment })
    #expect(recorder.families.count == lines.count { $0.starts(with: "# TYPE ".utf8) })
  }
}
