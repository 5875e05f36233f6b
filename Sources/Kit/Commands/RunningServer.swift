import System

/// A server that runs on this machine, as a command sees it.
package struct RunningServer: Sendable, Hashable {
  package let process: Int32
  /// The user that runs it.
  package let userID: UInt32
  /// The folder that it has locked; nil when that cannot be seen from here: another user's, or another container's.
  package let dataDirectory: String?

  package init(process: Int32, userID: UInt32, dataDirectory: String?) {
    self.process = process
    self.userID = userID
    self.dataDirectory = dataDirectory
  }

  /// The servers that run now.
  ///
  /// - Parameter lockFileName: the name of the lock file in a data directory.
  ///
  /// A server holds the lock file of its data directory open, so the kernel names the directory, whichever flag, variable
  /// or file set it.
  package static func all(lockFileName: String) throws -> [RunningServer] {
    try ProcessTable.all().compactMap { process in
      // The kernel keeps the arguments even if the program's file has been replaced.
      guard process.arguments.dropFirst().first == "serve" else { return nil }
      guard let locks = ProcessTable.openFiles(of: process.id, named: lockFileName) else {
        let isOurs = process.arguments[0].split(separator: "/").last == "axonize"
        return isOurs ? RunningServer(process: process.id, userID: process.userID, dataDirectory: nil) : nil
      }
      // One that holds no lock is just starting or ending, or is another program.
      guard let lock = locks.first else { return nil }
      let folder = String(lock.path.dropLast(lockFileName.utf8.count + 1))
      return RunningServer(process: process.id, userID: process.userID, dataDirectory: lock.isSameHere ? folder : nil)
    }
  }
}
