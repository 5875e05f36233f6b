import Synchronization
package import System

/// The loops of a process, one a core.
package final class EventLoopGroup: Sendable {
  package let loops: [EventLoop]
  private let cursor = Atomic<Int>(0)

  /// Starts the loops.
  /// - Parameter count: 0 for one a processor.
  package init(count: Int = 0) throws(SystemError) {
    precondition(count >= 0, "a negative number of loops: \(count)")
    let wanted = count == 0 ? availableProcessorCount() : count
    var loops: [EventLoop] = []
    for index in 0..<wanted { loops.append(try EventLoop(name: "loop-\(index)")) }
    self.loops = loops
    for loop in loops { try loop.start() }
  }

  /// The loop whose turn it is.
  package func next() -> EventLoop {
    loops[cursor.wrappingAdd(1, ordering: .relaxed).oldValue & Int.max % loops.count]
  }

  /// Ends every loop and waits for the threads.
  ///
  /// Close what lives on them before.
  package func stop() {
    for loop in loops { loop.stop() }
  }
}
