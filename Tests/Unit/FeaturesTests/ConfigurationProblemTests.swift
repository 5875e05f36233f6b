import Configuration
import Features
import FoundationEssentials
import Testing

/// Goal: what is wrong with the files that settings name is known before a server starts.
@Suite struct ConfigurationProblemTests {
  /// What is wrong with a configuration file and a scrape file; the folder of both is left out.
  private func problems(_ file: String, scrape: String? = nil) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "axonize-problems-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/axonize.yaml"
    try Data(file.utf8).write(to: URL(filePath: path))
    if let scrape { try Data(scrape.utf8).write(to: URL(filePath: "\(folder)/scrape.yml")) }
    let loader = ConfigurationLoader(
      Features.settings, environment: ["AXONIZE_METRICS_SCRAPE_FILE": scrape == nil ? "" : "\(folder)/scrape.yml"]
    ) { try Array(Data(contentsOf: URL(filePath: $0))) }
    return Features.problems(of: try loader.load(path: path)).map { $0.replacing(folder + "/", with: "") }
  }

  @Test(
    arguments: [
      ("http: off\n", nil, []),
      ("scrape:\n  scrape_configs: [{job_name: j}]\n", nil, []),
      (
        "http: off\nscrape:\n  global: {scrape_interval: 0s}\n  scrape_configs: [{}]\n", nil,
        [
          "axonize.yaml:3:29: '0s' is not a value for 'scrape_interval' of global, which takes a duration of more than 0, "
            + "such as 15s or 1m30s.",
          "axonize.yaml:4:20: a scrape_config needs a job_name.",
        ]
      ),
      ("http: off\n", "scrape_configs: [{job_name: j}]", []),
      ("http: off\n", "scrape_configs: {}", ["scrape.yml:1:17: 'scrape_configs' of the file takes a list."]),
      (
        "http: off\nscrape:\n  scrape_configs: []\n", "scrape_configs: []",
        [
          "axonize.yaml:2: there is a section 'scrape', and metrics.scrape_file names scrape.yml as well "
            + "(AXONIZE_METRICS_SCRAPE_FILE). Keep one of them: move the jobs of one to the other."
        ]
      ),
      (
        "metrics: {textfile_directory: /x}\nscrape:\n  scrape_configs: [{job_name: textfile}]\n", nil,
        ["axonize.yaml: the job_name 'textfile' is that of metrics.textfile_directory; choose another."]
      ),
    ] as [(String, String?, [String])])
  func `mistakes of the scrape configuration have their place`(
    file: String, scrape: String?, expected: [String]
  ) throws {
    #expect(try problems(file, scrape: scrape) == expected)
  }

  @Test func `a file that is only found in the working directory may have no other read`() throws {
    /// What is wrong with a file, whether the loader says it or the slices do.
    func problems(_ file: String) throws -> [String] {
      let loader = ConfigurationLoader(Features.settings, environment: [:]) { path in
        path == "axonize.yaml" ? Array(file.utf8) : nil
      }
      do throws(ConfigurationError) { return Features.problems(of: try loader.load()) } catch { return error.problems }
    }
    for key in ["scrape_file", "textfile_directory"] {
      let found = try problems("metrics:\n  \(key): /x\n")
      #expect(found.count == 1)
      #expect(found.first?.hasPrefix("axonize.yaml:2: 'metrics.\(key)' names files to read, so it is refused") == true)
    }
    #expect(
      try problems("retention:\n  metrics: 7d\n") == [
        "axonize.yaml:2: the setting 'retention.metrics' is gone. Metrics are series now: set metrics.retention for how long "
          + "samples are kept, and metrics.retention_5m, _1h and _1d for how long their roll-ups are."
      ])
  }
}
