import Synchronization

/// What a server has done since it began.
package struct HTTPServerFigures: Sendable, Hashable {
  package var connectionsOpen = 0
  package var connectionsAccepted = 0
  /// Connections turned away because too many were open.
  package var connectionsRefused = 0
  /// Connections closed because the peer was too slow.
  package var connectionsTimedOut = 0
  /// Answers by the first digit of their status, 1xx to 5xx. A gRPC answer counts as 200 or, when not OK, by what its
  /// status would be in HTTP.
  package var answersByClass = [Int](repeating: 0, count: 5)
  package var requestsHTTP1 = 0
  package var requestsHTTP2 = 0
  package var requestsGRPC = 0
  package var bytesReceived = 0
  package var bytesSent = 0

  package init() {}
}

/// The counters of one loop; only its thread writes, any thread may read.
final class LoopCounters: Sendable {
  /// A number that one thread counts up without a locked instruction.
  struct Count: ~Copyable, Sendable {
    private let value = Atomic<Int>(0)

    var current: Int { value.load(ordering: .relaxed) }

    borrowing func add(_ amount: Int = 1) {
      value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
  }

  let open = Count()
  let accepted = Count()
  let refused = Count()
  let timedOut = Count()
  let http1 = Count()
  let http2 = Count()
  let grpc = Count()
  let received = Count()
  let sent = Count()
  private let class1 = Count()
  private let class2 = Count()
  private let class3 = Count()
  private let class4 = Count()
  private let class5 = Count()

  func answered(_ status: Int) {
    switch status / 100 {
    case 1: class1.add()
    case 2: class2.add()
    case 3: class3.add()
    case 4: class4.add()
    default: class5.add()
    }
  }

  func add(to counters: inout HTTPServerFigures) {
    counters.connectionsOpen += open.current
    counters.connectionsAccepted += accepted.current
    counters.connectionsRefused += refused.current
    counters.connectionsTimedOut += timedOut.current
    counters.requestsHTTP1 += http1.current
    counters.requestsHTTP2 += http2.current
    counters.requestsGRPC += grpc.current
    counters.bytesReceived += received.current
    counters.bytesSent += sent.current
    counters.answersByClass[0] += class1.current
    counters.answersByClass[1] += class2.current
    counters.answersByClass[2] += class3.current
    counters.answersByClass[3] += class4.current
    counters.answersByClass[4] += class5.current
  }
}
