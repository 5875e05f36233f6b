import Configuration
package import Series
import YAML

/// Everything that is wrong with a scrape configuration, all at once.
package struct ScrapeConfigurationError: Error, Sendable, CustomStringConvertible {
  /// One line each: the file with line and column, and what is wrong.
  ///
  /// They hold no secrets.
  package let problems: [String]

  package var description: String { problems.joined(separator: "\n") }
}

/// Reads a scrape configuration in the form of Prometheus' configuration file.
package struct ScrapeConfigurationReader {
  let compiler: any TextPatternCompiler
  /// The folder of the file: relative paths in it are taken from there.
  ///
  /// Empty for the working directory.
  let directory: String
  let mayNameFiles: Bool
  let problems = SectionProblems()
  let others = OtherFileProblems()

  /// Jobs of one file; Prometheus installations have some dozens.
  static let jobCountMax = 1000

  init(compiler: any TextPatternCompiler, path: String, mayNameFiles: Bool) {
    self.compiler = compiler
    self.mayNameFiles = mayNameFiles
    directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// Reads the text of a file, and the files that its `scrape_config_files` name, which blocks.
  ///
  /// - Parameters:
  ///   - path: for messages, and where relative paths begin.
  ///   - section: the member that holds the configuration, in a file for other things; nil where the whole file does.
  ///   - mayNameFiles: whether the configuration may name other files.
  package static func read(
    _ text: [UInt8], path: String, section: String? = nil, mayNameFiles: Bool = true, compiler: any TextPatternCompiler
  ) throws(ScrapeConfigurationError) -> ScrapeConfiguration {
    do {
      guard let root = try YAMLReader.read(text), let node = root.member(section), !node.isNull else { return .empty }
      let reader = ScrapeConfigurationReader(compiler: compiler, path: path, mayNameFiles: mayNameFiles)
      let configuration = reader.configuration(node, section ?? "the file")
      let problems = reader.problems.texts(path) + reader.others.problems
      guard problems.isEmpty, let configuration else { throw ScrapeConfigurationError(problems: problems) }
      return configuration
    } catch let error as YAMLError {
      throw ScrapeConfigurationError(problems: ["\(path):\(error)."])
    } catch let error as ScrapeConfigurationError {
      throw error
    } catch {
      throw ScrapeConfigurationError(problems: ["\(path): \(error)."])
    }
  }

  private func configuration(_ root: YAMLNode, _ place: String) -> ScrapeConfiguration? {
    guard var members = YAMLMembers(root, place, problems) else { return nil }
    var defaults = JobDefaults()
    var externalLabels = LabelSet.empty
    if let node = members.value("global"), var global = YAMLMembers(node, "global", problems) {
      defaults.interval = global.duration("scrape_interval") ?? defaults.interval
      defaults.timeout = global.duration("scrape_timeout")
      if let timeout = defaults.timeout, timeout > defaults.interval {
        global.problem(at: "scrape_timeout", "the scrape_timeout of global is longer than its scrape_interval")
      }
      limits(&global, &defaults.limits)
      externalLabels = LabelSet(labels(&global, "external_labels"))
      global.finish(unsupported: UnsupportedMembers.global)
    }
    let own = jobs(&members, defaults)
    let patterns = filePatterns(&members)
    members.finish(unsupported: UnsupportedMembers.file)
    let jobs = own + otherJobs(patterns, defaults, names: Set(own.map(\.name)))
    return ScrapeConfiguration(externalLabels: externalLabels, jobs: jobs, filePatterns: patterns)
  }

  func jobs(_ members: inout YAMLMembers, _ defaults: JobDefaults) -> [ScrapeJob] {
    let nodes = members.list("scrape_configs") ?? []
    if nodes.count > Self.jobCountMax {
      members.problem(at: "scrape_configs", "there are \(nodes.count) scrape_configs; at most \(Self.jobCountMax)")
    }
    var jobs: [ScrapeJob] = []
    var lines: [String: Int] = [:]
    for node in nodes.prefix(Self.jobCountMax) {
      guard let job = job(node, defaults) else { continue }
      if let line = lines[job.name] {
        problems.add(node, "the job_name '\(job.name)' stands here and on line \(line); names are unique")
      }
      lines[job.name] = node.line
      jobs.append(job)
    }
    return jobs
  }

  /// What jobs have that do not say otherwise (Prometheus' own defaults).
  struct JobDefaults {
    var interval = Duration.seconds(60)
    /// Nil for the default, which is shortened to a shorter interval.
    var timeout: Duration?
    var limits = ScrapeJobLimits()

    static let timeout = Duration.seconds(10)
  }

  private func job(_ node: YAMLNode, _ defaults: JobDefaults) -> ScrapeJob? {
    guard var members = YAMLMembers(node, "scrape_configs", problems) else { return nil }
    let name = members.text("job_name") ?? ""
    if name.isEmpty { members.problem(at: "job_name", "a scrape_config needs a job_name") }
    let interval = members.duration("scrape_interval") ?? defaults.interval
    var timeout = min(defaults.timeout ?? JobDefaults.timeout, interval)
    if let own = members.duration("scrape_timeout") {
      if own > interval {
        members.problem(at: "scrape_timeout", "the scrape_timeout of '\(name)' is longer than its scrape_interval")
      }
      timeout = own
    }
    var job = ScrapeJob(
      name: name, interval: interval, timeout: timeout, metricsPath: members.text("metrics_path") ?? "/metrics",
      scheme: members.read("scheme", "http or https") { ScrapeJob.Scheme(rawValue: $0) } ?? .http,
      parameters: parameters(&members), honorsLabels: members.bool("honor_labels") ?? false,
      honorsTimestamps: members.bool("honor_timestamps") ?? true,
      tracksTimestampsStaleness: members.bool("track_timestamps_staleness") ?? false,
      followsRedirects: members.bool("follow_redirects") ?? true,
      isCompressed: members.bool("enable_compression") ?? true,
      fallbackFormat: members.read(
        "fallback_scrape_protocol", "one of \(PageFormat.protocols.keys.sorted().joined(separator: ", "))"
      ) { PageFormat.protocols[$0] },
      authorization: authorization(&members), security: security(&members), limits: defaults.limits,
      targetRelabelling: rules(&members, "relabel_configs"),
      sampleRelabelling: rules(&members, "metric_relabel_configs"), discoveries: discoveries(&members))
    limits(&members, &job.limits)
    members.finish(unsupported: UnsupportedMembers.job)
    return job
  }

  private func limits(_ members: inout YAMLMembers, _ limits: inout ScrapeJobLimits) {
    let bodyBytesMax = members.read("body_size_limit", "a size such as 10MB") { ScrapeSize.bytes($0) }
    // In Prometheus 0 is no limit; here the default stays, so that no page can take all memory.
    if let bodyBytesMax { limits.bodyBytesMax = bodyBytesMax == 0 ? ScrapeJobLimits().bodyBytesMax : bodyBytesMax }
    limits.sampleCountMax = members.count("sample_limit") ?? limits.sampleCountMax
    limits.labelCountMax = members.count("label_limit") ?? limits.labelCountMax
    limits.labelNameBytesMax = members.count("label_name_length_limit") ?? limits.labelNameBytesMax
    limits.labelValueBytesMax = members.count("label_value_length_limit") ?? limits.labelValueBytesMax
    limits.targetCountMax = members.count("target_limit") ?? limits.targetCountMax
    limits.droppedTargetCountMax = members.count("keep_dropped_targets") ?? limits.droppedTargetCountMax
  }

  private func parameters(_ members: inout YAMLMembers) -> [String: [String]] {
    var parameters: [String: [String]] = [:]
    for entry in members.mapping("params") ?? [] {
      guard case .sequence(let values) = entry.value.content else {
        problems.add(entry.value, "the parameter '\(entry.key)' takes a list of texts")
        continue
      }
      parameters[entry.key] = values.compactMap { value in
        guard case .scalar(let text, _) = value.content else {
          problems.add(value, "the parameter '\(entry.key)' takes a list of texts")
          return nil
        }
        return text
      }
    }
    return parameters
  }

  /// The labels of a member, names checked.
  func labels(_ members: inout YAMLMembers, _ name: String) -> [Label] {
    (members.mapping(name) ?? []).compactMap { entry in
      guard case .scalar(let value, _) = entry.value.content else {
        problems.add(entry.value, "the label '\(entry.key)' takes a text")
        return nil
      }
      guard SeriesNotation.isPlainLabel(entry.key) else {
        problems.add(line: entry.line, column: entry.column, "'\(entry.key)' is not a name of a label")
        return nil
      }
      return Label(entry.key, value)
    }
  }

  /// A member that names a file, as a path.
  func file(_ members: inout YAMLMembers, _ name: String) -> String? {
    guard let text = members.text(name) else { return nil }
    admitFiles(members, name)
    return path(text)
  }

  /// Refuses a member that names files where none may be named.
  func admitFiles(_ members: YAMLMembers, _ name: String) {
    guard !mayNameFiles else { return }
    members.problem(
      at: name,
      "'\(name)' names files to read, so it is refused in a file that is only found in the working directory. Name the file "
        + "with --config or AXONIZE_CONFIG")
  }

  /// A path, relative ones from the folder of the file.
  func path(_ text: String) -> String { text.hasPrefix("/") || text.isEmpty ? text : directory + text }
}

extension YAMLNode {
  /// A member of a mapping, nil where there is none; the node itself where no member is named.
  fileprivate func member(_ name: String?) -> YAMLNode? {
    guard let name else { return self }
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == name }?.value
  }
}

/// Sizes as Prometheus reads them: powers of 1024, whatever the unit is called (`units.Base2Bytes`).
enum ScrapeSize {
  private static let units: [String: Int] = [
    "": 1, "B": 1, "KB": 1 << 10, "KiB": 1 << 10, "MB": 1 << 20, "MiB": 1 << 20, "GB": 1 << 30, "GiB": 1 << 30,
  ]

  /// The bytes of a text such as `10MB`; nil for anything else.
  static func bytes(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), let unit = units[String(text[digits.endIndex...])] else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? nil : product
  }
}
