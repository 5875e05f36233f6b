import Columns
import EmbeddedClickHouse
import EngineTestSupport
import Foundation
import Testing

@Suite struct ResidentCodeTests {
  @Test func `what only the start of the engine needs is given back, and the engine goes on`() throws {
    let connection = try EngineFixture.connection()
    let library = try EngineLibrary.load()
    #expect(try connection.query("SELECT 42 AS n").rowCount == 1)
    let before = try Self.residentKilobytes(of: library.path)
    EmbeddedDatabase.releaseStartPages(of: library)
    let after = try Self.residentKilobytes(of: library.path)
    #expect(before > 20_000)
    #expect(after < before / 2)
    let result = try connection.query("SELECT sum(number) AS n FROM numbers(1000) WHERE toString(number) LIKE '%7%'")
    guard case .unsigneds(let sums) = result.columns[0].values else { return #expect(Bool(false)) }
    #expect(sums == [157_842])
  }

  /// What is resident of a file's pages that no process has changed, by /proc/self/smaps.
  private static func residentKilobytes(of path: String) throws -> Int {
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let text = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
    let name = URL(fileURLWithPath: path).lastPathComponent
    var isOfFile = false
    var sum = 0
    for line in text.split(separator: "\n") {
      if line.contains("-"), line.split(separator: " ").first?.contains("-") == true {
        isOfFile = line.hasSuffix("/" + name)
      } else if isOfFile, line.hasPrefix("Private_Clean:") || line.hasPrefix("Shared_Clean:") {
        sum += line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      }
    }
    return sum
  }
}
