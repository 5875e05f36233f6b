import Compression

extension SegmentReader {
  /// A segment of records with these bodies, as a journal writes it; for tests of readers.
  package static func sample(bodies: [[UInt8]]) -> [UInt8] {
    sample(
      payloads: bodies.enumerated().map { index, body in
        let record = JournalRecord(
          signal: 0, encoding: 0, isRecognisable: true, tenant: 1, receivedAt: 1, storedAfter: 1, earliest: 0,
          latest: .max, batchID: UInt64(index))
        return record.bytes + body
      })
  }

  /// The same of payloads of any bytes.
  package static func sample(payloads: [[UInt8]]) -> [UInt8] {
    let marker: UInt64 = 0x1122_3344_5566_7788
    let id = [UInt8](repeating: 7, count: JournalFormat.idBytes)
    var file = SegmentHeader(id: id, marker: marker, firstNumber: 1, madeAt: 0).bytes
    for (index, payload) in payloads.enumerated() {
      let begin = file.count
      file += Frame.header(
        marker: marker, payloadBytes: payload.count,
        checksum: unsafe payload.withUnsafeBytes { unsafe CRC32.checksum($0) })
      file += payload
      Frame.number(&file, at: begin, UInt64(index + 1))
    }
    return file
  }
}
