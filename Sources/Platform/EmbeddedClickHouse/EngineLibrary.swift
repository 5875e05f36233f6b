import CArrowADBC
import CPythonSymbols
import Glibc

/// Finds and loads the shared object that holds the engine.
@safe
package struct EngineLibrary: Sendable {
  /// The file that was loaded.
  package let path: String
  let entryPoint: AxonizeAdbcDriverInit

  /// The names that the shared object goes by: the official C library, then the one of the Python wheel `chdb-core`.
  private static let fileNames = ["libchdb.so", "_chdb.abi3.so"]

  /// Where the shared object is looked for, in order.
  ///
  /// 1. The configured path and nothing else, if there is one.
  /// 2. `../lib/axonize` of the executable's folder: what `make install` makes.
  /// 3. `.deps` beside the `.build` that holds the executable: a checkout that was set up.
  /// 4. `/usr/local/lib/axonize` and `/usr/lib/axonize`.
  ///
  /// In each folder the file may also be in a subfolder `chdb`, as in the wheel. The wheel's file needs its folder
  /// `chdb_core.libs` beside that.
  package static func candidates(configured: String?, executable: String) -> [String] {
    if let configured { return [configured] }
    let parts = executable.split(separator: "/").dropLast()
    var folders = ["/" + (parts.dropLast() + ["lib", "axonize"]).joined(separator: "/")]
    if let build = parts.lastIndex(of: ".build") {
      folders.append("/" + (parts[..<build] + [".deps"]).joined(separator: "/"))
    }
    folders += ["/usr/local/lib/axonize", "/usr/lib/axonize"]
    return folders.flatMap { folder in
      fileNames.flatMap { ["\(folder)/\($0)", "\(folder)/chdb/\($0)"] }
    }
  }

  /// Loads the first candidate that exists.
  ///
  /// Loading takes some 50 ms; the library is never unloaded.
  package static func load(configured: String? = nil) throws(EngineFailure) -> EngineLibrary {
    // The wheel's file asks for CPython's names; the executable has them.
    axonize_keep_python_symbols()
    let candidates = candidates(configured: configured, executable: executablePath)
    guard let path = candidates.first(where: { unsafe access($0, R_OK) == 0 }) else {
      if let configured {
        let exists = unsafe access(configured, F_OK) == 0
        throw EngineFailure(
          code: 0,
          message: "engine.library names \(configured), which \(exists ? "cannot be read" : "does not exist").")
      }
      throw EngineFailure(
        code: 0,
        message: """
          The analytics engine's library was not found. A copy of the program needs it as well: install both with \
          'make install PREFIX=<folder>' in the checkout, or use a link to the program instead of a copy, or name the \
          library with the setting engine.library (AXONIZE_ENGINE_LIBRARY). Looked for: \
          \(candidates.joined(separator: ", "))
          """)
    }
    if let reason = reasonNotToTrust(path, executable: executablePath) {
      throw EngineFailure(
        code: 0,
        message: """
          The analytics engine's library \(path) is not loaded, because others could have put their own code there: \
          \(reason). Change its owner and permissions ('chmod -R go-w'), or install it elsewhere.
          """)
    }
    // The engine brings its own C++ library and allocator, and the Swift runtime has loaded another: each has to use its
    // own `operator new` and `delete`, so the library's own names come first (dlopen(3), RTLD_DEEPBIND).
    guard let handle = unsafe dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND) else {
      throw EngineFailure(code: 0, message: "The analytics engine's library \(path) cannot be loaded: \(loaderError)")
    }
    guard let entryPoint = unsafe axonize_adbc_entry_point(handle) else {
      throw EngineFailure(
        code: 0,
        message: """
          \(path) is not an analytics engine that this program can use: it has no chdb_adbc_init. Use the library of the \
          wheel chdb-core that scripts/engine-requirements.txt names.
          """)
    }
    return unsafe EngineLibrary(path: path, entryPoint: entryPoint)
  }

  private static var loaderError: String {
    // SAFETY: dlerror gives a C string or NULL, valid until the next call in this thread.
    unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
  }

  /// The executable's path with links resolved; "/" when the kernel does not say.
  private static var executablePath: String {
    // SAFETY: readlink writes at most the given count of bytes and returns how many.
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = unsafe readlink("/proc/self/exe", buffer.baseAddress!, buffer.count)
      guard count > 0 else { return "/" }
      return unsafe String(
        decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), as: UTF8.self)
    }
  }
}
