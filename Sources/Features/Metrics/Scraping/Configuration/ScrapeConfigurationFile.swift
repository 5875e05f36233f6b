package import Series
import System

/// Where a scrape configuration stands: a file of its own, or a section of another one.
package struct ScrapeConfigurationFile: Sendable {
  package let path: String
  private let section: String?
  private let mayNameFiles: Bool
  private let reservedJobs: Set<String>
  private let compiler: any TextPatternCompiler

  /// - Parameters:
  ///   - section: the member of the file that holds the configuration; nil where the whole file does.
  ///   - mayNameFiles: whether the configuration may name other files: of credentials, TLS and targets.
  ///   - reservedJobs: names that no job of the file may have.
  package init(
    _ path: String, section: String? = nil, mayNameFiles: Bool = true, reservedJobs: Set<String> = [],
    compiler: any TextPatternCompiler
  ) {
    self.path = path
    self.section = section
    self.mayNameFiles = mayNameFiles
    self.reservedJobs = reservedJobs
    self.compiler = compiler
  }

  /// What tells one state of the file from another.
  struct Version: Sendable, Equatable {
    let path: String
    let identity: FileStatus.Identity
    let sizeBytes: Int
    let modifiedAt: Int64
  }

  /// The state of the file and of those that patterns find at present, without those that are not there.
  func versions(_ patterns: [String]) -> [Version] {
    // A folder that cannot be listed is a problem of the reading.
    let others = patterns.flatMap { (try? FilePattern.paths($0)) ?? [] }
    return ([path] + others).compactMap { path in
      guard let status = try? File.status(path) else { return nil }
      return Version(
        path: path, identity: status.identity, sizeBytes: status.sizeBytes, modifiedAt: status.modifiedAt)
    }
  }

  /// Reads the configuration, which blocks.
  package func read() throws(ScrapeConfigurationError) -> ScrapeConfiguration {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try File.read(path, sizeMax: ScrapeConfigurationReader.fileBytesMax)
    } catch {
      throw ScrapeConfigurationError(problems: ["\(path): the file cannot be read: \(error)."])
    }
    let configuration = try ScrapeConfigurationReader.read(
      bytes, path: path, section: section, mayNameFiles: mayNameFiles, compiler: compiler)
    if let job = configuration.jobs.first(where: { reservedJobs.contains($0.name) }) {
      throw ScrapeConfigurationError(
        problems: ["\(path): the job_name '\(job.name)' is that of metrics.textfile_directory; choose another."])
    }
    return configuration
  }
}
