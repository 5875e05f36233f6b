import System

/// A file that a command makes; one that exists is not touched.
package final class OutputFile {
  private let path: String
  private let descriptor: FileDescriptor

  /// Makes the file.
  package init(_ path: String) throws(CommandFailure) {
    self.path = path
    do throws(SystemError) {
      descriptor = try File.create(path, mode: 0o644)
    } catch {
      guard error.isExisting else { throw Self.failure(path, error) }
      throw CommandFailure(
        .usage, "'\(TextWidth.visible(path))' exists already and is kept as it is; name another file, or remove it.")
    }
  }

  package func append(_ bytes: ArraySlice<UInt8>) throws(CommandFailure) {
    do throws(SystemError) {
      try descriptor.writeAll(bytes)
    } catch {
      throw Self.failure(path, error)
    }
  }

  /// Takes the file away again, because it will not be whole.
  package func remove() throws(CommandFailure) {
    do throws(SystemError) { try File.remove(path) } catch { throw Self.failure(path, error) }
  }

  private static func failure(_ path: String, _ error: SystemError) -> CommandFailure {
    CommandFailure(.failure, "'\(TextWidth.visible(path))' cannot be written: \(error).")
  }
}
