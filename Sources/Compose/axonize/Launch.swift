import Base
import Configuration
import EmbeddedClickHouse
import Glibc
import Server
import System

/// What the command line needs of the rest of the program.
enum Launch {
  /// The environment of the process.
  static func environment() -> [String: String] {
    var variables: [String: String] = [:]
    // SAFETY: environ ends with nil and is not changed while the program has one thread.
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
      unsafe entry += 1
    }
    // Services and containers may run without it; the data directory's default is below the home directory.
    if variables["HOME"]?.isEmpty ?? true { variables["HOME"] = homeDirectory() }
    return variables
  }

  /// What the system's users say (getpwuid(3)).
  private static func homeDirectory() -> String? {
    // SAFETY: the entry is valid until the next call, and is copied before; the program has one thread.
    guard let entry = unsafe getpwuid(geteuid()), let path = unsafe entry.pointee.pw_dir else { return nil }
    return unsafe String(cString: path)
  }

  /// Runs the server; 0 when it was asked to stop, 1 when it cannot start.
  ///
  /// - Parameter whenReady: called with the URL of the REST API instead of the announcement.
  static func serve(_ configuration: Configuration, whenReady: ((String?) -> Void)?) -> Int32 {
    do {
      try Server.run(configuration, version: Version.current) { addresses in
        if let whenReady { return whenReady(addresses.http.map { "\(addresses.scheme)://\($0)" }) }
        guard isatty(STDOUT_FILENO) == 1 else { return }
        StandardStream.write(Announcement.text(addresses, configuration), to: STDOUT_FILENO)
      }
      return 0
    } catch {
      StandardStream.write("axonize: the server cannot start: \(error)\n", to: STDERR_FILENO)
      return 1
    }
  }

  /// Loads the analytics engine; says which file it is.
  static func probeEngine(_ configuration: Configuration) throws -> String {
    let configured = configuration[Settings.engineLibrary]
    return try EngineLibrary.load(configured: configured.isEmpty ? nil : configured).path
  }
}
