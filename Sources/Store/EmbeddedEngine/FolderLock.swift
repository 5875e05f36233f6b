import Base
import System

/// Holds a folder for this process alone, until it is freed or the process ends.
final class FolderLock: Sendable {
  private let descriptor: FileDescriptor

  /// Takes the lock file of a folder.
  ///
  /// Throws `data_dir_in_use`, with the holder's process number, if it is taken.
  init(folder: String) throws {
    let path = "\(folder)/\(StoreFolder.lockFileName)"
    do throws(SystemError) {
      descriptor = try File.lock(path)
    } catch {
      if error.isWouldBlock {
        let holder = (try? File.read(path, sizeMax: 64)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let number = holder.split(separator: "\n").first.map { " (process \($0))" } ?? ""
        throw ErrorReport(
          code: "data_dir_in_use",
          message: """
            The data directory \(folder) is in use by another axonize\(number). Stop it, or start this one with another \
            data_dir.
            """)
      }
      throw StoreFolder.report(error, path)
    }
  }
}
