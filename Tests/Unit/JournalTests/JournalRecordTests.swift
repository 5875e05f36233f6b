import Journal
import Testing

@Suite struct JournalRecordTests {
  /// Slices number the forms of their requests themselves.
  @Test(arguments: [0, 1, 2, 6, 16, 22, 255] as [UInt8])
  func `a record is read as it was written, whatever the number of its encoding`(encoding: UInt8) {
    let record = JournalRecord(
      signal: 3, encoding: encoding, isSpooled: true, isRecognisable: false, tenant: 7, receivedAt: -1, storedAfter: 2,
      earliest: 3, latest: .max, batchID: 4)
    #expect(JournalRecord(payload: record.bytes[...]) == record)
    #expect(JournalRecord(payload: (record.bytes + [1, 2, 3])[...]) == record)
    #expect(JournalRecord(payload: record.bytes.dropLast()) == nil)
  }
}
