import FoundationEssentials
import SeriesPatterns
import System
import Testing

@testable import Scraping

/// Goal: jobs may stand in further files, `scrape_config_files`, as in Prometheus.
///
/// Method: files in a folder of their own.
@Suite struct ScrapeConfigurationFilesTests {
  /// Runs a body with a folder that has these files.
  private func with(_ files: [String: String], _ body: (_ folder: String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "axonize-jobs-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: "\(folder)/jobs", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files { try File.writeAtomically("\(folder)/\(name)", Array(text.utf8)) }
    try body(folder)
  }

  private func file(_ folder: String) -> ScrapeConfigurationFile {
    ScrapeConfigurationFile("\(folder)/main.yml", compiler: SeriesPatternCompiler())
  }

  private func problems(_ files: [String: String]) throws -> [String] {
    var problems: [String] = []
    try with(files) { folder in
      do throws(ScrapeConfigurationError) {
        _ = try file(folder).read()
      } catch {
        problems = error.problems.map { $0.replacing(folder + "/", with: "") }
      }
    }
    return problems
  }

  private static let main = """
    global: {scrape_interval: 7s}
    scrape_config_files: ['jobs/*.yml', jobs/a.yml, none.yml]
    scrape_configs: [{job_name: own}]
    """

  @Test func `jobs of further files follow, with the defaults of the first and paths of their own`() throws {
    let first = "scrape_configs: [{job_name: a, bearer_token_file: token}]"
    try with([
      "main.yml": Self.main, "jobs/b.yml": "scrape_configs: [{job_name: b}]", "jobs/a.yml": first, "jobs/c.yml": "",
    ]) {
      folder in
      let configuration = try file(folder).read()
      #expect(configuration.jobs.map(\.name) == ["own", "a", "b"])
      #expect(configuration.jobs.allSatisfy { $0.interval == .seconds(7) })
      #expect(configuration.jobs[1].authorization == .credentials(type: "Bearer", .file("\(folder)/jobs/token")))
      #expect(configuration.filePatterns == ["jobs/*.yml", "jobs/a.yml", "none.yml"].map { "\(folder)/\($0)" })
    }
  }

  @Test(
    arguments: [
      (["jobs/a.yml": "scrape_configs: [{}]"], ["jobs/a.yml:1:18: a scrape_config needs a job_name."]),
      (
        ["jobs/a.yml": "global: {}"],
        ["jobs/a.yml:1:1: there is no member 'global' of the file; it has scrape_configs."]
      ),
      (["jobs/a.yml": "[]"], ["jobs/a.yml:1:1: the file takes members, 'name: value'."]),
      (["jobs/a.yml": "a: b: c"], ["jobs/a.yml:1:5: mapping values are not allowed in this context."]),
      (
        ["jobs/a.yml": "scrape_configs: [{job_name: own}]"],
        ["jobs/a.yml: the job_name 'own' stands here and in another file; names are unique."]
      ),
      (
        ["jobs/a.yml": "scrape_configs: [{job_name: x}]", "jobs/b.yml": "scrape_configs: [{job_name: x}]"],
        ["jobs/b.yml: the job_name 'x' stands here and in another file; names are unique."]
      ),
      (
        ["main.yml": "scrape_config_files: ['*/a.yml']"],
        ["main.yml:1:22: '*/a.yml' has a wildcard outside its last part."]
      ),
    ] as [([String: String], [String])])
  func `mistakes of further files have their place`(files: [String: String], expected: [String]) throws {
    #expect(try problems(["main.yml": Self.main].merging(files) { $1 }) == expected)
  }

  @Test func `a folder that is not there is named`() throws {
    let found = try problems(["main.yml": "scrape_config_files: ['none/*.yml']"])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("none/*.yml: the files of scrape_config_files cannot be listed: ") == true)
  }

  @Test func `a further file that changes, comes or goes is another version`() throws {
    try with(["main.yml": Self.main, "jobs/a.yml": "scrape_configs: [{job_name: a}]"]) { folder in
      let file = file(folder)
      let patterns = try file.read().filePatterns
      let before = file.versions(patterns)
      #expect(file.versions(patterns) == before)
      try File.writeAtomically("\(folder)/jobs/b.yml", [])
      let more = file.versions(patterns)
      #expect(more != before)
      try File.writeAtomically("\(folder)/jobs/b.yml", [0x0a])
      #expect(file.versions(patterns) != more)
      try FileManager.default.removeItem(atPath: "\(folder)/jobs/b.yml")
      #expect(file.versions(patterns) == before)
    }
  }
}
