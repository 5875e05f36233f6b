import Base
import FoundationEssentials
import Glibc
import Series
import System
import TestSupport
import Testing

@testable import Scraping

/// A folder of text files.
struct TextfileDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "axonize-textfiles-\(UUID().uuidString)").path()
    try File.makeDirectories(path)
  }

  /// As programs write such files: under another name, which is then changed.
  func write(_ name: String, _ text: String) throws { try File.writeAtomically("\(path)/\(name)", Array(text.utf8)) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

  func removeAll() { try? FileManager.default.removeItem(atPath: path) }
}

/// Goal: a folder is read as node_exporter's textfile collector does it.
@Suite(.timeLimit(.minutes(2))) struct TextfileTests {
  private func with(_ body: (TextfileDirectory) async throws -> Void) async throws {
    let directory = try TextfileDirectory()
    defer { directory.removeAll() }
    try await body(directory)
  }

  private func page(_ directory: TextfileDirectory, bytesMax: Int = 1 << 20, sampleCountMax: Int = 1000) -> (
    samples: [String], problems: [String]
  ) {
    let page = TextfileFolder(directory.path).read(bytesMax: bytesMax, sampleCountMax: sampleCountMax)
    let lines = String(decoding: page.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    let samples = lines.filter { !$0.hasPrefix("#") }.map { line in
      let name = line.replacing(directory.path + "/", with: "")
      return name.hasPrefix("node_textfile_mtime_seconds") ? String(name.prefix { $0 != " " }) : name
    }
    return (samples, page.problems.map { $0.replacing(directory.path, with: "FOLDER") })
  }

  @Test func `all files together are one page`() async throws {
    try await with { directory in
      try directory.write("b.prom", "# HELP b Help.\n# TYPE b counter\nb{x=\"1\"} 2\n")
      try directory.write("a.prom", "a 1")
      try directory.write("a.prom.123", "half")
      try directory.write("notes.txt", "not read")
      let (samples, problems) = page(directory)
      #expect(
        samples == [
          "node_textfile_scrape_error 0", #"node_textfile_mtime_seconds{file="a.prom"}"#,
          #"node_textfile_mtime_seconds{file="b.prom"}"#, "a 1", #"b{x="1"} 2"#,
        ])
      #expect(problems == [])
    }
  }

  @Test func `an empty folder has no problem, and one that is not there has one`() async throws {
    try await with { directory in
      #expect(page(directory).samples == ["node_textfile_scrape_error 0"])
      directory.removeAll()
      let (samples, problems) = page(directory)
      #expect(samples == ["node_textfile_scrape_error 1"])
      #expect(problems.map { $0.prefix(37) } == ["the folder FOLDER cannot be read: ope"])
    }
  }

  @Test func `a file that cannot be used is left out as a whole, and the others count`() async throws {
    try await with { directory in
      try directory.write("broken.prom", "a 1\nb{ 2\n")
      try directory.write("good.prom", "good 1\n")
      try directory.write("timed.prom", "c 1\nd 2 1700000000000\n")
      try directory.write("binary.prom", "e{x=\"\u{0}\u{1}\"} y\n")
      #expect(unsafe symlink("../outside", "\(directory.path)/link.prom") == 0)
      #expect(unsafe mkfifo("\(directory.path)/pipe.prom", 0o600) == 0)
      try File.makeDirectories("\(directory.path)/folder.prom")
      let (samples, problems) = page(directory)
      #expect(
        samples == [
          "node_textfile_scrape_error 1", #"node_textfile_mtime_seconds{file="good.prom"}"#, "good 1",
        ])
      #expect(
        problems == [
          "FOLDER/binary.prom: line 1, column 11: the value is not a number",
          "FOLDER/broken.prom: line 2, column 4: the name of a label is missing",
          "FOLDER/folder.prom: it is not a regular file",
          "FOLDER/link.prom: the link leads out of the folder; write the file there itself",
          "FOLDER/pipe.prom: it is not a regular file",
          "FOLDER/timed.prom: a sample of 'd' has a time; samples of files are of the time at which they are read",
        ])
    }
  }

  @Test func `limits hold file by file`() async throws {
    try await with { directory in
      try directory.write("a.prom", "a 1\n")
      try directory.write("b.prom", "b{x=\"\(String(repeating: "y", count: 100))\"} 1\n")
      try directory.write("c.prom", "c 1\nd 1\n")
      #expect(page(directory, bytesMax: 60).samples.filter { !$0.hasPrefix("node_") } == ["a 1", "c 1", "d 1"])
      #expect(
        page(directory, bytesMax: 60).problems
          == ["FOLDER/b.prom: the files before it have as much as all may have: 60 bytes or 1000 samples"])
      #expect(page(directory, sampleCountMax: 1).samples.filter { !$0.hasPrefix("node_") } == ["a 1"])
      #expect(page(directory, sampleCountMax: 1).problems.count == 2)
      for number in 0...TextfileFolder.fileCountMax { try directory.write("n\(number).prom", "") }
      #expect(page(directory).problems.first?.hasPrefix("the folder has 1004 files, and the first 1000") == true)
    }
  }

  @Test func `a problem is new once`() async throws {
    try await with { directory in
      let folder = TextfileFolder(directory.path)
      func problems() -> Int { folder.newProblems(folder.read(bytesMax: 1000, sampleCountMax: 10)).count }
      try directory.write("a.prom", "a")
      #expect([problems(), problems()] == [1, 0])
      try directory.write("b.prom", "b")
      #expect([problems(), problems()] == [1, 0])
      try directory.write("a.prom", "a 1\n")
      #expect(problems() == 0)
      try directory.write("a.prom", "a")
      #expect(problems() == 1)
    }
  }

  @Test func `series of files come, end with stale markers, and the folder may go and come back`() async throws {
    try await with { directory in
      try directory.write("a.prom", "a 1\n")
      try directory.write("b.prom", "b{instance=\"other\"} 1\n")
      let sink = KeepingSink()
      let service = ScrapeService(
        .empty, textfiles: .textfiles(in: directory.path, interval: .milliseconds(100), instance: "my host"),
        sink: sink,
        version: "test", logger: .disabled, now: { WallClock.now })
      try service.start()
      defer { service.stop() }
      func values(_ name: String) -> [Double] {
        sink.batches.flatMap { batch in
          (0..<batch.count).filter { batch.labels[$0].metricName == name }.map { batch.values[$0] }
        }
      }
      func isStale(_ name: String) -> Bool { values(name).last.map { StaleMarker.isStale($0) } ?? false }
      await eventually { values("a").count >= 2 && values("b").count >= 2 }
      let labels = sink.batches.flatMap(\.labels)
      #expect(
        labels.first { $0.metricName == "a" }?.description == #"a{instance="my host", job="textfile"}"#)
      #expect(labels.first { $0.metricName == "b" }?["exported_instance"] == "other")
      let target = try #require(service.targets.active.first)
      #expect(target.scrapeURL == "file://\(directory.path)")
      #expect(target.scrapePool == "textfile")
      await eventually { service.targets.active.first?.health == .up }

      try directory.write("a.prom", "a x\n")
      await eventually { isStale("a") }
      await eventually { service.targets.active.first?.lastError.contains("a.prom: line 1, column 3") == true }
      #expect(values("node_textfile_scrape_error").last == 1)
      #expect(!isStale("b"))
      try directory.write("a.prom", "a 2\n")
      await eventually { values("a").last == 2 }

      directory.removeAll()
      await eventually { isStale("a") && isStale("b") }
      try File.makeDirectories(directory.path)
      try directory.write("a.prom", "a 3\n")
      await eventually { values("a").last == 3 && values("node_textfile_scrape_error").last == 0 }
      #expect(Set(values("up")) == [1])
    }
  }
}
