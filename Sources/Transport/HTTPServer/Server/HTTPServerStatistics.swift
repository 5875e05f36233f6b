import GRPC
import Synchronization

/// What a server has done since it began.
package struct HTTPServerStatistics: Sendable, Hashable {
  package var connectionsOpen = 0
  package var connectionsAccepted = 0
  /// Connections turned away because too many were open.
  package var connectionsRefused = 0
  /// Connections closed because what they held found no room in memory.
  package var connectionsOverfull = 0
  /// Connections closed because the peer was too slow.
  package var connectionsTimedOut = 0
  /// Connections closed because the peer spoke TLS to a port without, or the other way round.
  package var connectionsOfWrongProtocol = 0
  /// Responses by the first digit of their status, 1xx to 5xx.
  ///
  /// Those of gRPC calls, whose HTTP status is always 200, are in ``answersByGRPCStatus``.
  package var answersByClass = [Int](repeating: 0, count: 5)
  /// Responses of gRPC calls by the number of the status that the client saw.
  package var answersByGRPCStatus = [Int](repeating: 0, count: GRPCStatus.allCases.count)
  package var requestsHTTP1 = 0
  package var requestsHTTP2 = 0
  package var requestsGRPC = 0
  /// Bytes held for peers now: heads, bodies, responses that wait to be read.
  package var bytesHeld = 0
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
  let overfull = Count()
  let timedOut = Count()
  let wrongProtocol = Count()
  let http1 = Count()
  let http2 = Count()
  let grpc = Count()
  let held = Count()
  let received = Count()
  let sent = Count()
  private let byClass = InlineArray<5, Count> { _ in Count() }
  private let byGRPCStatus = InlineArray<17, Count> { _ in Count() }

  func answered(_ status: Int) { byClass[min(max(status / 100, 1), 5) - 1].add() }

  func answered(_ status: GRPCStatus) { byGRPCStatus[status.rawValue].add() }

  func add(to counters: inout HTTPServerStatistics) {
    counters.connectionsOpen += open.current
    counters.connectionsAccepted += accepted.current
    counters.connectionsRefused += refused.current
    counters.connectionsOverfull += overfull.current
    counters.connectionsTimedOut += timedOut.current
    counters.connectionsOfWrongProtocol += wrongProtocol.current
    counters.requestsHTTP1 += http1.current
    counters.requestsHTTP2 += http2.current
    counters.requestsGRPC += grpc.current
    counters.bytesHeld += held.current
    counters.bytesReceived += received.current
    counters.bytesSent += sent.current
    for index in byClass.indices { counters.answersByClass[index] += byClass[index].current }
    for index in byGRPCStatus.indices { counters.answersByGRPCStatus[index] += byGRPCStatus[index].current }
  }
}
