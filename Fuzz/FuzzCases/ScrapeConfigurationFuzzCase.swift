import Scraping
import Series
import SeriesPatterns

/// Properties of the readers of scrape configurations and of files of targets.
///
/// They never trap. A mistake has its place in the text. A configuration that is taken is the same when it is read again, its
/// jobs have names of their own and timeouts within their intervals, and it names no file where none may be named. Its rules
/// take any labels.
package enum ScrapeConfigurationFuzzCase {
  private static let path = "scrape.yml"

  package static func run(_ input: [UInt8]) {
    // What further files of this machine hold is no input.
    let namesOthers = String(decoding: input, as: UTF8.self).contains("config_files")
    for section in [nil, "scrape"] {
      let fileless = read(input, section: section, mayNameFiles: false)
      for job in fileless?.jobs ?? [] { precondition(!namesFiles(job), "the job \(job.name) names files") }
      guard !namesOthers else { continue }
      let configuration = read(input, section: section)
      if let configuration { check(configuration) }
      precondition(read(input, section: section) == configuration, "it was read differently")
      precondition(fileless == nil || fileless == configuration, "without files it is another configuration")
    }
    checkTargets(input)
  }

  /// The configuration; nil where it has mistakes, each of which has its place.
  private static func read(_ input: [UInt8], section: String?, mayNameFiles: Bool = true) -> ScrapeConfiguration? {
    do throws(ScrapeConfigurationError) {
      return try ScrapeConfigurationReader.read(
        input, path: path, section: section, mayNameFiles: mayNameFiles, compiler: SeriesPatternCompiler())
    } catch {
      // The end of the text is the beginning of a line. The last bytes are those of NEL, LS and PS, which end lines in YAML.
      check(error, lineCount: input.count { [0x0a, 0x0d, 0x85, 0xa8, 0xa9].contains($0) } + 2)
      return nil
    }
  }

  private static func check(_ configuration: ScrapeConfiguration) {
    precondition(Set(configuration.jobs.map(\.name)).count == configuration.jobs.count, "two jobs have one name")
    let labels = LabelSet([Label("__address__", "a:1"), Label("__name__", "m"), Label("b", "\u{e9}")])
    for job in configuration.jobs {
      precondition(!job.name.isEmpty && job.interval > .zero, "a job without a name or an interval")
      precondition(job.timeout > .zero && job.timeout <= job.interval, "the timeout is \(job.timeout)")
      precondition(job.limits.bodyBytesMax > 0, "a page without a limit")
      precondition(
        (job.security.certificateFile == nil) == (job.security.keyFile == nil), "a certificate without a key")
      for rules in [job.targetRelabelling, job.sampleRelabelling] { _ = rules.apply(to: labels) }
    }
  }

  private static func check(_ error: ScrapeConfigurationError, lineCount: Int) {
    precondition(!error.problems.isEmpty, "no mistake is named")
    for problem in error.problems {
      let place = problem.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
      precondition(place.count == 4 && place[0] == path, "no place: \(problem)")
      let (line, column) = (Int(place[1]) ?? 0, Int(place[2]) ?? 0)
      precondition((1...lineCount).contains(line) && column > 0, "not in \(lineCount) lines: \(problem)")
    }
  }

  private static func namesFiles(_ job: ScrapeJob) -> Bool {
    if job.security.authoritiesFile != nil || job.security.certificateFile != nil { return true }
    switch job.authorization {
    case .basic(_, .file), .credentials(_, .file): return true
    default: break
    }
    return job.discoveries.contains { if case .files = $0 { true } else { false } }
  }

  private static func checkTargets(_ input: [UInt8]) {
    for path in ["targets.json", "targets.yml"] {
      guard let groups = try? TargetFile.read(input, path: path) else { continue }
      for group in groups {
        precondition(group.source.hasPrefix(path), "a group from nowhere")
        precondition(group.labels.labels.contains(Label("__meta_filepath", path)), "a group without its file")
      }
    }
  }
}
