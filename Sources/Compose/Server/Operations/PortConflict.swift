import AnalyticsStore
import Ground
import Platform

/// What is said when a port is taken.
enum PortConflict {
  /// Names the process that listens where we would, as far as that can be seen.
  static func report(_ address: SocketAddress, key: String) -> ErrorReport {
    ErrorReport(
      code: "port_taken",
      message:
        "\(key): \(describe(PortOwner.find(of: address, fileName: StoreFolder.lockFileName))) listens on \(address). "
        + "Stop it, or choose another address (--\(key.split(separator: "_").joined(separator: "-"))). To replace a "
        + "server that runs by this one without a gap, set take_over (--take-over).")
  }

  static func describe(_ owner: PortOwner?) -> String {
    guard let owner else { return "another process, perhaps of another user," }
    let name = "process \(owner.processID) (\(owner.name))"
    let folders = owner.openFiles.map { $0.dropLast(StoreFolder.lockFileName.count + 1) }
    guard let folder = folders.first else { return name }
    return "\(name), an Axonize server with the data directory \(folder),"
  }
}
