import Exposition
import Synchronization
import System

/// A folder of files in Prometheus' text format, which jobs of this machine write.
///
/// All files together are one page, as node_exporter's textfile collector makes it. A file that cannot be used is left out as
/// a whole, and the others count.
final class TextfileFolder: Sendable {
  /// The page and what is wrong with the folder.
  struct Page: Sendable, Hashable {
    var bytes: [UInt8] = []
    /// A sentence each without its period, with the file and the place in it.
    var problems: [String] = []
  }

  /// Files of a folder; 1,000.
  ///
  /// Jobs of a machine leave some dozens. The rest, by name, is left out.
  static let fileCountMax = 1_000
  /// Bytes of a file; 8 MiB, some 60,000 samples.
  static let fileBytesMax = 8 << 20
  /// Problems that are named.
  private static let problemCountMax = 10
  private static let suffix = ".prom"

  private let path: String
  private let reported = Mutex<[String]>([])

  init(_ path: String) { self.path = path }

  /// Reads every file, which blocks.
  ///
  /// - Parameters:
  ///   - bytesMax: of all files together.
  ///   - sampleCountMax: of all files together.
  func read(bytesMax: Int, sampleCountMax: Int) -> Page {
    var page = Page()
    var times: [(path: String, modifiedAt: Int64)] = []
    var problems: [String] = []
    var sampleCount = 0
    do throws(SystemError) {
      let folder = try Folder(path)
      var names = try File.entries(ofDirectory: path).filter { $0.utf8.count > 5 && $0.hasSuffix(Self.suffix) }.sorted()
      if names.count > Self.fileCountMax {
        problems.append(
          "the folder has \(names.count) files, and the first \(Self.fileCountMax) by name are read; write fewer")
        names.removeSubrange(Self.fileCountMax...)
      }
      for name in names {
        let place = path + (path.hasSuffix("/") ? "" : "/") + name
        do throws(PageFailure) {
          let contents = try Self.contents(name, of: folder)
          sampleCount += try Self.check(contents.bytes)
          guard page.bytes.count + contents.bytes.count < bytesMax, sampleCount <= sampleCountMax else {
            throw PageFailure(
              "the files before it have as much as all may have: \(bytesMax) bytes or \(sampleCountMax) samples")
          }
          page.bytes += contents.bytes
          if contents.bytes.last != UInt8(ascii: "\n") { page.bytes.append(UInt8(ascii: "\n")) }
          times.append((place, contents.modifiedAt))
        } catch {
          problems.append("\(place): \(error)")
        }
      }
    } catch {
      problems.append("the folder \(path) cannot be read: \(error)")
    }
    page.bytes = Self.reports(times, hasProblem: !problems.isEmpty) + page.bytes
    page.problems = Array(problems.prefix(Self.problemCountMax))
    if problems.count > page.problems.count { page.problems.append("and \(problems.count - page.problems.count) more") }
    return page
  }

  /// Those of the problems that the last page did not have.
  func newProblems(_ page: Page) -> [String] {
    reported.withLock { reported in
      defer { reported = page.problems }
      return page.problems.filter { !reported.contains($0) }
    }
  }

  private static func contents(_ name: String, of folder: borrowing Folder) throws(PageFailure) -> Folder.Contents {
    do throws(Folder.Refusal) {
      return try folder.read(name, bytesMax: fileBytesMax).get()
    } catch {
      switch error {
      case .outside: throw PageFailure("the link leads out of the folder; write the file there itself")
      case .notRegular: throw PageFailure("it is not a regular file")
      case .tooLarge: throw PageFailure("the file has more than \(fileBytesMax >> 20) MiB; split it")
      case .failed(let error): throw PageFailure("the file cannot be read: \(error)")
      }
    }
  }

  /// Whether a file can be used as a whole.
  ///
  /// - Returns: the number of its samples.
  private static func check(_ bytes: [UInt8]) throws(PageFailure) -> Int {
    var parser = ExpositionParser(.text)
    var visitor = TextfileVisitor()
    do throws(ExpositionError) {
      try parser.parse(bytes.span, into: &visitor)
    } catch {
      throw PageFailure("\(error)")
    }
    if let timed = visitor.timed {
      throw PageFailure("a sample of '\(timed)' has a time; samples of files are of the time at which they are read")
    }
    return visitor.sampleCount
  }

  // MARK: What is said of the files

  /// Series with the names that node_exporter gives them.
  private static func reports(_ times: [(path: String, modifiedAt: Int64)], hasProblem: Bool) -> [UInt8] {
    var text = """
      # HELP node_textfile_scrape_error 1 if a file or the folder could not be read, 0 otherwise.
      # TYPE node_textfile_scrape_error gauge
      node_textfile_scrape_error \(hasProblem ? 1 : 0)

      """
    if !times.isEmpty {
      text += """
        # HELP node_textfile_mtime_seconds When each file that was read changed last, in seconds since 1970.
        # TYPE node_textfile_mtime_seconds gauge

        """
    }
    for (path, modifiedAt) in times {
      text += "node_textfile_mtime_seconds{file=\"\(escaped(path))\"} \(Double(modifiedAt) / 1e9)\n"
    }
    return Array(text.utf8)
  }

  /// The value of a label in the text format.
  private static func escaped(_ text: String) -> String {
    text.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
  }
}

/// Counts the samples of a file.
private struct TextfileVisitor: ExpositionVisitor {
  var sampleCount = 0
  /// The metric of the first sample with a time of its own.
  var timed: String?

  mutating func visit(_ family: ExpositionFamily) {}

  mutating func visit(_ sample: borrowing ExpositionSample) {
    sampleCount += 1
    if sample.time != nil, timed == nil {
      let (bytes, name) = (sample.bytes, sample.name)
      timed = String(decoding: bytes[name].prefix(120), as: UTF8.self)
    }
  }
}
