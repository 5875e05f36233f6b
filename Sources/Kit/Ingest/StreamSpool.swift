import Base
import Commit
import Engine
import Journal
import Synchronization
import System
import Telemetry

/// Brings requests of a stream from the journal back into its commit.
final class StreamSpool<Stream: IngestStream>: RequestSpool {
  typealias Rows = Stream.Rows

  private struct State: Sendable {
    /// What was read and found no room.
    var waiting: SpooledRequest?
    /// Requests of earlier processes of which rows are stored, and the days of these rows.
    var stored: [StoredBatch: Set<Int64>]
  }

  private let stream: Stream
  private let journal: JournalSpool
  private let state: Mutex<State>

  init(_ stream: Stream, of journal: Journal, stored: [StoredBatch: Set<Int64>]) {
    self.stream = stream
    self.journal = JournalSpool(journal, signal: stream.journalKind)
    state = Mutex(State(stored: stored))
  }

  func readBack(to commit: GroupCommit<Rows>) -> SpoolStep {
    state.withLock { state in
      let request: SpooledRequest
      if let waiting = state.waiting {
        request = waiting
      } else {
        do throws(SystemError) {
          switch try journal.next() {
          case .request(let next): request = next
          case .lost(let count): return .passed(count)
          case nil:
            state.stored = [:]
            stream.didReplay()
            return .nothing
          }
        } catch {
          return .unavailable("the journal cannot be read: \(error)")
        }
      }
      state.waiting = nil
      switch replay(request, stored: state.stored) {
      case .taken: journal.didTake(request)
      case .stored: request.kept.release()
      case .refused(let reason): request.kept.setAside(reason: reason)
      case .queueFull:
        state.waiting = request
        return .full
      }
      return .passed(1)
    }
  }

  private func replay(_ spooled: SpooledRequest, stored: [StoredBatch: Set<Int64>]) -> ReplayedRequest {
    let record = spooled.record
    let days = spooled.isFound ? stored[StoredBatch(tenant: record.tenant, batchID: record.batchID)] ?? [] : []
    let request = KeptRequestAgain(
      tenant: TenantID(record.tenant), batchID: record.batchID, isRecognisable: record.isRecognisable,
      record: spooled.kept, storedDays: days, isCounted: !spooled.isFound)
    return unsafe spooled.body.withUnsafeBytes { unsafe stream.replay(request, record, body: $0) }
  }
}
