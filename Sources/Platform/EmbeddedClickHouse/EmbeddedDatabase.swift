import CArrowADBC
import Glibc
import Synchronization
import System

/// The engine in this process, open on one folder.
///
/// One process may have one database, on a folder that no other process has open; the engine checks neither well, so the
/// owner locks the folder first. Every ``EngineConnection`` keeps its database alive, and the engine stops when the last
/// connection is closed.
@safe
package final class EmbeddedDatabase: @unchecked Sendable {
  // @unchecked: the driver's table of functions and the database handle are only read after `init`.
  let driver: UnsafeMutablePointer<AdbcDriver>
  private let database: UnsafeMutablePointer<AdbcDatabase>
  private let configurationFolder: String
  private let connectionCount = Mutex(0)

  /// Opens the folder, which the engine creates if need be.
  ///
  /// - Parameters:
  ///   - folder: Where the data lies; an absolute path.
  ///   - configurationFolder: The folder whose `config.xml` the engine reads . It MUST be there
  ///     and be writable for nobody else.
  ///   - settings: Settings of everything that no connection does, merges above all, by name.
  package init(
    library: EngineLibrary, folder: String, configurationFolder: String, settings: KeyValuePairs<String, String> = [:]
  ) throws(EngineFailure) {
    self.configurationFolder = configurationFolder
    unsafe driver = .allocate(capacity: 1)
    unsafe driver.initialize(to: AdbcDriver())
    unsafe database = .allocate(capacity: 1)
    unsafe database.initialize(to: AdbcDatabase())
    let entryPoint = unsafe library.entryPoint
    // SAFETY: the entry point fills a driver of the version asked for; its functions are called as ADBC 1.1.0 says.
    try unsafe AdbcCall.check { unsafe entryPoint(ADBC_VERSION_1_1_0, driver, $0) }
    try unsafe AdbcCall.check { unsafe driver.pointee.DatabaseNew(database, $0) }
    try unsafe AdbcCall.check { unsafe driver.pointee.DatabaseSetOption(database, "path", folder, $0) }
    for setting in settings {
      // The driver takes options of this prefix for the engine's own arguments.
      try unsafe AdbcCall.check {
        unsafe driver.pointee.DatabaseSetOption(database, "chdb." + setting.key, setting.value, $0)
      }
    }
    try unsafe AdbcCall.check { unsafe driver.pointee.DatabaseInit(database, $0) }
    Self.endLikeAProcessOfOurs()
  }

  /// Opens a connection to an engine that starts with it, with the configuration of the folder.
  ///
  /// The engine looks for `config.xml` in the working directory while it starts (then for `clickhouse-local.xml` there, in the
  /// user's home and in /etc), and there is no other way to name the file. Whatever lies where a user happens to start the
  /// server must not configure it, so the working directory is ours for that moment. No other thread may open relative
  /// paths meanwhile.
  private func start() throws(EngineFailure) -> EngineConnection {
    let folder = configurationFolder
    let previous = unsafe open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if previous >= 0 { close(previous) } }
    guard previous >= 0, unsafe chdir(folder) == 0 else {
      throw EngineFailure(code: 0, message: "The working directory cannot be set to \(folder): \(Self.systemError)")
    }
    let connection = Result { () throws(EngineFailure) in try unsafe EngineConnection(self, database) }
    guard fchdir(previous) == 0 else {
      throw EngineFailure(
        code: 0, message: "The working directory cannot be set back from \(folder): \(Self.systemError)")
    }
    return try connection.get()
  }

  // SAFETY: strerror gives a C string, which is copied at once.
  private static var systemError: String { unsafe String(cString: strerror(errno)) }

  deinit {
    // SAFETY: no connection is left, because each keeps this object. A failure to release is nothing to act on.
    var error = unsafe AdbcError()
    if let release = unsafe driver.pointee.DatabaseRelease { _ = unsafe release(database, &error) }
    unsafe axonize_adbc_release_error(&error)
    if let release = unsafe driver.pointee.release { _ = unsafe release(driver, &error) }
    unsafe axonize_adbc_release_error(&error)
    unsafe database.deallocate()
    unsafe driver.deallocate()
  }

  /// Notes that a connection is closed.
  func disconnected() { connectionCount.withLock { $0 -= 1 } }

  private static let exitRegistrationCount = Atomic<Int>(0)

  /// Keeps exit(3) from running the engine's destructors under its running threads.
  ///
  /// The engine makes some of its globals as it goes along; those made after a registration are still destroyed, so the
  /// first connections register again. Nor does the engine keep its handlers of crashes, under which the process would
  /// hang instead of ending.
  private static func endLikeAProcessOfOurs() {
    guard exitRegistrationCount.add(1, ordering: .relaxed).newValue <= 16 else { return }
    axonize_skip_engine_destructors_at_exit()
    axonize_restore_crash_signals()
  }

  /// Gives back what only the engine's start needs: code and constants that it has touched by then count as resident
  /// memory, and of them an idle server uses some 100 MB no more.
  ///
  /// What is used comes back from the page cache.
  package static func releaseStartPages(of library: EngineLibrary) {
    // SAFETY: the address is only compared; the library is never unloaded.
    unsafe ResidentMemory.releaseCode(ofLibraryWith: unsafeBitCast(library.entryPoint, to: UnsafeRawPointer.self))
  }

  /// Opens a connection, on which one statement can run at a time.
  ///
  /// - Parameter settings: Engine settings of the connection, by name.
  package func connect(settings: KeyValuePairs<String, String> = [:]) throws(EngineFailure) -> EngineConnection {
    let connection = try connectionCount.withLock { (count) throws(EngineFailure) in
      // The engine starts with its first connection and stops with its last.
      let connection = try count == 0 ? start() : unsafe EngineConnection(self, database)
      count += 1
      return connection
    }
    Self.endLikeAProcessOfOurs()
    if !settings.isEmpty {
      let list = settings.map { "\($0.key) = \(SQLText.literal($0.value))" }.joined(separator: ", ")
      try connection.execute("SET \(list)")
    }
    return connection
  }
}

/// Calls of the driver that report errors.
enum AdbcCall {
  /// Makes a call and throws what it reports.
  static func check(
    _ call: (UnsafeMutablePointer<AdbcError>) -> AdbcStatusCode
  ) throws(EngineFailure) {
    // SAFETY: the error is empty before the call; its text, if any, is copied out and freed here.
    var error = unsafe AdbcError()
    let status = unsafe call(&error)
    let message = unsafe error.message.map { unsafe String(cString: $0) }
    unsafe axonize_adbc_release_error(&error)
    if status != UInt8(ADBC_STATUS_OK) {
      throw EngineFailure(engineText: message ?? "the engine gave no reason (ADBC status \(status))")
    }
  }
}
