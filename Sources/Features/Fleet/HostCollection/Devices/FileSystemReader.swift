import System

/// Asks file systems how full they are, without waiting for one that does not respond.
///
/// Each pass runs on a thread of its own. One that is stuck stays with its file system, which is left out until it
/// responds; another goes on with the rest.
final class FileSystemReader {
  /// What became of a question.
  enum Outcome {
    case statistics(FileSystemStatistics)
    case failed(SystemError)
    /// It did not respond in time, now or earlier.
    case stuck
  }

  /// Threads that may be stuck at once; further file systems are then not asked.
  private static let stuckCountMax = 8

  private let waitMax: Duration
  private let ask: @Sendable (String) -> Result<FileSystemStatistics, SystemError>
  /// The passes that are stuck, by the path that they are stuck at.
  private var stuck: [String: Pass] = [:]

  /// - Parameters:
  ///   - waitMax: how long one file system may take; local ones take microseconds.
  ///   - ask: asks one file system.
  init(
    waitMax: Duration = .seconds(1),
    ask: @escaping @Sendable (String) -> Result<FileSystemStatistics, SystemError> = FileSystemReader.statistics
  ) {
    self.waitMax = waitMax
    self.ask = ask
  }

  private static func statistics(_ path: String) -> Result<FileSystemStatistics, SystemError> {
    do throws(SystemError) {
      return .success(try FileSystemStatistics(of: path))
    } catch {
      return .failure(error)
    }
  }

  /// How full the file systems at some paths are, in their order.
  func read(_ paths: [String]) throws(SystemError) -> [Outcome] {
    stuck = stuck.filter { !$0.value.isOver }
    var outcomes = [Outcome](repeating: .stuck, count: paths.count)
    var rest = paths.indices.filter { stuck[paths[$0]] == nil }
    while !rest.isEmpty, stuck.count < Self.stuckCountMax {
      let pass = Pass(rest.map { paths[$0] }, ask)
      try pass.start()
      let results = pass.wait(waitMax)
      for (index, result) in zip(rest, results) {
        switch result {
        case .success(let statistics): outcomes[index] = .statistics(statistics)
        case .failure(let error): outcomes[index] = .failed(error)
        }
      }
      guard results.count < rest.count else { break }
      stuck[paths[rest[results.count]]] = pass
      rest = Array(rest.dropFirst(results.count + 1))
    }
    return outcomes
  }

  /// A thread's way through file systems.
  private final class Pass: Sendable {
    private struct State {
      var results: [Result<FileSystemStatistics, SystemError>] = []
      /// Whether nobody waits any more.
      var isAbandoned = false
      var isOver = false
    }

    private let paths: [String]
    private let ask: @Sendable (String) -> Result<FileSystemStatistics, SystemError>
    private let state = Monitor(State())

    init(_ paths: [String], _ ask: @escaping @Sendable (String) -> Result<FileSystemStatistics, SystemError>) {
      self.paths = paths
      self.ask = ask
    }

    func start() throws(SystemError) {
      let thread = try Thread(name: "filesystems") { [self] in
        for path in paths {
          let result = ask(path)
          let goesOn = state.withLock { state in
            if !state.isAbandoned { state.results.append(result) }
            return !state.isAbandoned
          }
          state.notifyAll()
          if !goesOn { break }
        }
        state.withLock { $0.isOver = true }
      }
      // It cannot be waited for: a call to a file system of another machine may never return.
      thread.detach()
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    /// The results of all file systems, or of those before the one that takes too long.
    func wait(_ waitMax: Duration) -> [Result<FileSystemStatistics, SystemError>] {
      var deadline = Instant.now + waitMax
      var seenCount = 0
      return state.wait { [count = paths.count] state, now, wakeAt in
        if state.results.count > seenCount {
          seenCount = state.results.count
          deadline = now + waitMax
        }
        if seenCount == count { return state.results }
        if now >= deadline {
          state.isAbandoned = true
          return state.results
        }
        wakeAt = deadline
        return nil
      }
    }
  }
}
