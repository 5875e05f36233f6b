import Glibc

/// Sends OTLP traces of the benchmark's shape as fast as asked, and reports what was acknowledged.
///
/// One thread: the generator shares the machine with the server it measures, so it must cost little.
@main
enum LoadGenerator {
  static func main() {
    do {
      let options = try Options(arguments: Array(CommandLine.arguments.dropFirst()))
      var driver = try Driver(options: options)
      let report = try driver.run()
      print(report.json)
      exit(report.failedSpans == 0 ? 0 : 1)
    } catch {
      write(error.message)
    }
    exit(2)
  }

  private static func write(_ message: String) {
    let bytes = Array("axonize-load: \(message)\n".utf8)
    // SAFETY: the array lives for the call and its count is passed.
    _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
