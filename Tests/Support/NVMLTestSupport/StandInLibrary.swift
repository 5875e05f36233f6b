import Glibc
import System

/// The stand-in of the driver's library in a folder of its own, with the script that it plays.
///
/// Each is loaded apart, so tests do not share its state.
package final class StandInLibrary: Sendable {
  package let folder: String
  package var path: String { folder + "/libnvidia-ml.so.1" }

  /// - Parameter isOldDriver: as a driver of before 2022, which lacks some calls.
  package init(_ script: String, isOldDriver: Bool = false) throws {
    let name = isOldDriver ? "libnvml-stand-in-old-driver.so" : "libnvml-stand-in.so"
    folder = try Self.makeFolder()
    try File.writeAtomically(path, try File.read(Self.buildFolder + "/" + name), mode: 0o755)
    try play(script)
  }

  deinit {
    for file in [path, path + ".txt"] { _ = unsafe unlink(file) }
    _ = unsafe rmdir(folder)
  }

  /// Lets the stand-in play another script from the next call on.
  package func play(_ script: String) throws { try File.writeAtomically(path + ".txt", Array(script.utf8)) }

  private static func makeFolder() throws -> String {
    // SAFETY: getenv gives null or a C string; mkdtemp changes the local template, which ends with a zero.
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/axonize-nvml-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", code: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Where the package's products lie: beside the program that runs the tests.
  private static var buildFolder: String {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    // SAFETY: readlink writes at most as many bytes as it is told, and returns how many.
    let count = unsafe readlink("/proc/self/exe", &target, target.count)
    let path = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
  }
}
