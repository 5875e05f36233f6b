import Base
import EmbeddedEngine
import System

/// What is said when a port is taken.
enum PortConflict {
  /// Names the process that listens where we would, as far as that can be seen, and what can be done about it.
  static func report(_ address: SocketAddress, key: String, dataDirectory: String) -> ErrorReport {
    let owner = PortOwner.find(of: address, fileName: StoreFolder.lockFileName)
    return ErrorReport(
      code: "port_taken", message: message(owner, address, key: key, dataDirectory: File.absolutePath(dataDirectory)))
  }

  /// - Parameter dataDirectory: ours, with links resolved as the kernel resolves those of open files.
  static func message(_ owner: PortOwner?, _ address: SocketAddress, key: String, dataDirectory: String) -> String {
    let anotherAddress = "choose another address (--\(key.split(separator: "_").joined(separator: "-")))"
    guard let owner else {
      return "\(key): another process, perhaps of another user, listens on \(address). Stop it, or \(anotherAddress)."
    }
    let process = "process \(owner.processID) (\(owner.name))"
    let folders = owner.openFiles.map { $0.dropLast(StoreFolder.lockFileName.count + 1) }
    guard let folder = folders.first else {
      return "\(key): \(process) listens on \(address). Stop it, or \(anotherAddress)."
    }
    guard !folders.contains(dataDirectory[...]) else {
      return "\(key): a server is already running with the data directory \(dataDirectory): \(process) listens on "
        + "\(address). Use that one, or stop it first."
    }
    return
      "\(key): \(process), an Axonize server with the data directory \(folder), listens on \(address). Stop it, or "
      + "\(anotherAddress). To share the port with that server on purpose, set take_over (--take-over)."
  }
}
