import Base
import Metrics
import System
package import Engine

extension Journal {
  /// Gives out every whole record that an earlier process left, in the order in which they came.
  ///
  /// Each comes with what keeps it: it stays in its segment until that is released. Call it once, before anything is
  /// appended.
  package func replay(
    _ body: (JournalRecord, _ body: ArraySlice<UInt8>, any KeptRequest) throws -> ReplayedRecord
  ) throws {
    for segment in state.withLock({ $0.segments }) where segment.outstandingCount > 0 {
      let file: [UInt8]
      do throws(SystemError) {
        file = try File.read(segment.path, sizeMax: JournalFormat.fileBytesMax)
      } catch {
        throw ErrorReport(
          code: "journal_unusable", message: "The journal cannot be read: \(error) on \(segment.path).")
      }
      var reader = SegmentReader(file: file)
      while let finding = reader.next() {
        guard case .record(let number, let payload) = finding else { continue }
        let entry = JournalEntry(of: self, at: .init(sequence: segment.sequence, number: number))
        guard let record = JournalRecord(payload: file[payload]) else {
          entry.setAside(reason: "its fields are not those of version \(JournalFormat.version)")
          continue
        }
        switch try body(record, file[payload].dropFirst(JournalRecord.fieldBytes), entry) {
        case .stored: entry.release()
        case .taken: instruments.replayed.add()
        case .refused(let reason): entry.setAside(reason: reason)
        }
      }
    }
    wakeTidier(at: .now)
  }
}

/// What became of a record that was given out again.
package enum ReplayedRecord: Sendable, Equatable {
  /// Its rows are in the store already.
  case stored
  /// Its rows wait; the record is released when they are stored.
  case taken
  /// It cannot be stored.
  case refused(String)
}
