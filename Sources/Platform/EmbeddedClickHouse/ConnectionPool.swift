import Glibc

/// A fixed number of connections that threads take turns to use.
@safe
package final class ConnectionPool: @unchecked Sendable {
  // @unchecked: `idle` and `openCount` are only touched under `lock`.
  private let open: @Sendable () throws(EngineFailure) -> EngineConnection
  private let connectionCountMax: Int
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let returned: UnsafeMutablePointer<pthread_cond_t>
  private var idle: [EngineConnection] = []
  private var openCount = 0

  /// Makes a pool; connections are opened when first needed.
  package init(
    connectionCountMax: Int, open: @escaping @Sendable () throws(EngineFailure) -> EngineConnection
  ) {
    precondition(connectionCountMax > 0, "a pool without connections")
    self.connectionCountMax = connectionCountMax
    self.open = open
    // SAFETY: both are initialised here, used until `deinit`, and never moved.
    unsafe lock = .allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    unsafe returned = .allocate(capacity: 1)
    unsafe pthread_cond_init(returned, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(returned)
    unsafe pthread_mutex_destroy(lock)
    unsafe returned.deallocate()
    unsafe lock.deallocate()
  }

  /// Waits for a connection and lends it for the time of a call.
  package func withConnection<Result>(
    _ body: (EngineConnection) throws(EngineFailure) -> Result
  ) throws(EngineFailure) -> Result {
    let connection = try take()
    defer { giveBack(connection) }
    return try body(connection)
  }

  private func take() throws(EngineFailure) -> EngineConnection {
    unsafe pthread_mutex_lock(lock)
    while idle.isEmpty && openCount == connectionCountMax { unsafe pthread_cond_wait(returned, lock) }
    if let connection = idle.popLast() {
      unsafe pthread_mutex_unlock(lock)
      return connection
    }
    openCount += 1
    unsafe pthread_mutex_unlock(lock)
    do {
      return try open()
    } catch {
      unsafe pthread_mutex_lock(lock)
      openCount -= 1
      unsafe pthread_cond_signal(returned)
      unsafe pthread_mutex_unlock(lock)
      throw error
    }
  }

  private func giveBack(_ connection: EngineConnection) {
    unsafe pthread_mutex_lock(lock)
    idle.append(connection)
    unsafe pthread_cond_signal(returned)
    unsafe pthread_mutex_unlock(lock)
  }

  /// Closes the connections that nobody uses.
  package func closeIdle() {
    unsafe pthread_mutex_lock(lock)
    let closing = idle
    openCount -= closing.count
    idle = []
    unsafe pthread_cond_broadcast(returned)
    unsafe pthread_mutex_unlock(lock)
    // Closing blocks; the last reference goes away here, without the lock.
    withExtendedLifetime(closing) {}
  }
}
