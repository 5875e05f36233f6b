import Base
import System

/// The folder that the store lives in.
package enum StoreFolder {
  /// The file that a server locks while it runs on the folder.
  package static let lockFileName = "axonize.lock"

  /// Makes the folder if it is not there, and checks that it can be written.
  static func prepare(_ folder: String) throws {
    do throws(SystemError) { try File.makeDirectories(folder, mode: 0o700) } catch { throw report(error, folder) }
  }

  /// Makes a folder below the store's that nobody but its owner may look into, whatever its mode was; returns its
  /// absolute path.
  ///
  /// What it holds is telemetry, prompts among it.
  static func prepareInner(_ name: String, of folder: String) throws -> String {
    let path = "\(folder)/\(name)"
    do throws(SystemError) {
      try File.makeDirectories(path, mode: 0o700)
      try File.makePrivate(path, mode: 0o700)
    } catch {
      throw report(error, path)
    }
    return File.absolutePath(path)
  }

  /// What a user can do about a failed call on a path.
  static func report(_ error: SystemError, _ path: String) -> ErrorReport {
    ErrorReport(
      code: "data_dir_unusable",
      message: """
        The data directory cannot be used: \(error) on \(path). Make it writable for the user who runs axonize, free \
        space on its disk, or start with another data_dir.
        """)
  }
}
