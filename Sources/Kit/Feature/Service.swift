import Synchronization

/// Something that runs beside the requests, for as long as the server does.
package protocol Service: Sendable {
  /// Begins; throws when it cannot. Called once.
  func start() throws
  /// Ends, and returns when nothing of it runs any more. Called once, after what was started later has stopped.
  func stop()
}

/// Services in the order in which they were started; they stop in reverse.
package final class ServiceGroup: Sendable {
  private let stops = Mutex<[@Sendable () -> Void]>([])

  package init() {}

  /// Starts a service.
  package func start(_ service: any Service) throws {
    try service.start()
    stops.withLock { $0.append { service.stop() } }
  }

  /// Takes on something that has started already.
  package func add(stop: @escaping @Sendable () -> Void) { stops.withLock { $0.append(stop) } }

  /// Stops everything, the latest first.
  ///
  /// What is added later is not stopped.
  package func stop() {
    let stops = self.stops.withLock { stops in
      defer { stops = [] }
      return stops
    }
    for stop in stops.reversed() { stop() }
  }
}
