import Configuration
import System
import YAML

/// What is wrong with further files of a configuration, one line each.
final class OtherFileProblems {
  var problems: [String] = []
}

// Further files with jobs: `scrape_config_files`.
extension ScrapeConfigurationReader {
  /// Bytes of a file; 16 MiB, some ten thousand jobs.
  static let fileBytesMax = 16 << 20

  /// The member's paths and patterns.
  func filePatterns(_ members: inout YAMLMembers) -> [String] {
    let name = "scrape_config_files"
    guard let patterns = members.texts(name) else { return [] }
    admitFiles(members, name)
    for pattern in patterns where FilePattern.hasOuterWildcard(pattern) {
      members.problem(at: name, "'\(pattern)' has a wildcard outside its last part")
    }
    return mayNameFiles ? patterns.map { path($0) } : []
  }

  /// The jobs of further files, in the order of patterns and names; a file that two patterns name counts once.
  ///
  /// - Parameter names: those of the jobs that are there already.
  func otherJobs(_ patterns: [String], _ defaults: JobDefaults, names: Set<String>) -> [ScrapeJob] {
    var names = names
    var seen: Set<String> = []
    var jobs: [ScrapeJob] = []
    for pattern in patterns where !FilePattern.hasOuterWildcard(pattern) {
      do throws(SystemError) {
        for path in try FilePattern.paths(pattern) where seen.insert(path).inserted {
          for job in self.jobs(ofFile: path, defaults) {
            if !names.insert(job.name).inserted {
              others.problems.append(
                "\(path): the job_name '\(job.name)' stands here and in another file; names are unique.")
            }
            jobs.append(job)
          }
        }
      } catch {
        others.problems.append("\(pattern): the files of scrape_config_files cannot be listed: \(error).")
      }
    }
    if names.count > Self.jobCountMax {
      others.problems.append("\(patterns.joined(separator: ", ")): with these there are more than \(Self.jobCountMax) jobs.")
    }
    return jobs
  }

  private func jobs(ofFile path: String, _ defaults: JobDefaults) -> [ScrapeJob] {
    do {
      guard let root = try YAMLReader.read(try File.read(path, sizeMax: Self.fileBytesMax)), !root.isNull else {
        return []
      }
      let reader = ScrapeConfigurationReader(compiler: compiler, path: path, mayNameFiles: true)
      guard var members = YAMLMembers(root, "the file", reader.problems) else {
        others.problems += reader.problems.texts(path)
        return []
      }
      let jobs = reader.jobs(&members, defaults)
      members.finish(unsupported: [])
      others.problems += reader.problems.texts(path)
      return jobs
    } catch let error as YAMLError {
      others.problems.append("\(path):\(error).")
    } catch {
      others.problems.append("\(path): the file cannot be read: \(error).")
    }
    return []
  }
}
