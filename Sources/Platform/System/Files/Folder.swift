import CSystemShims
import Glibc

/// A folder whose files are opened by name.
///
/// Nothing outside of it is opened, wherever links lead.
package struct Folder: ~Copyable {
  private let descriptor: FileDescriptor

  /// Opens a folder.
  package init(_ path: String) throws(SystemError) {
    descriptor = FileDescriptor(
      takingOwnershipOf: try checkedCall("open") { unsafe CSystemShims_open(path, O_RDONLY | O_DIRECTORY, 0) })
  }

  /// A file as it was when it was read.
  package struct Contents: Sendable {
    package let bytes: [UInt8]
    /// When the content changed last, in nanoseconds since 1970.
    package let modifiedAt: Int64
  }

  /// Why a file is not read.
  package enum Refusal: Error, Sendable, Equatable {
    /// A link leads out of the folder.
    case outside
    /// It is a folder, a pipe, a socket or a device.
    case notRegular
    /// It has more bytes than may be read.
    case tooLarge
    case failed(SystemError)
  }

  /// The whole of a file.
  ///
  /// It never waits for a writer, as the opening of a pipe does.
  package borrowing func read(_ name: String, bytesMax: Int) -> Result<Contents, Refusal> {
    do throws(SystemError) {
      let file = try open(name)
      let status = try Self.status(of: file)
      guard status.st_mode & S_IFMT == S_IFREG else { return .failure(.notRegular) }
      guard Int(status.st_size) <= bytesMax else { return .failure(.tooLarge) }
      var bytes: [UInt8] = []
      while let piece = try file.read(countMax: 64 << 10), !piece.isEmpty {
        guard bytes.count + piece.count <= bytesMax else { return .failure(.tooLarge) }
        bytes += piece
      }
      return .success(
        Contents(
          bytes: bytes,
          modifiedAt: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)))
    } catch {
      return .failure(error.code == EXDEV || error.code == ELOOP ? .outside : .failed(error))
    }
  }

  private borrowing func open(_ name: String) throws(SystemError) -> FileDescriptor {
    let folder = descriptor.rawValue
    return FileDescriptor(
      takingOwnershipOf: try checkedCall("open") {
        unsafe CSystemShims_open_beneath(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY)
      })
  }

  private static func status(of file: borrowing FileDescriptor) throws(SystemError) -> stat {
    var status = stat()
    let number = file.rawValue
    // SAFETY: a whole stat that lives through the call.
    _ = try checkedCall("fstat") { unsafe fstat(number, &status) }
    return status
  }
}
