/// What is kept of a request, beside its body, so that it can be decoded again as it was.
///
/// The payload of a frame is these fields in 48 bytes, followed by the body. Numbers are little-endian.
package struct JournalRecord: Sendable, Hashable {
  package static let fieldBytes = 48

  /// Which stream it belongs to: 0 traces, 1 metrics, 2 logs; others are those of slices with rows of their own.
  package var signal: UInt8
  /// How the body is written, in a number of its stream: of OpenTelemetry's signals 0 protobuf, 1 JSON.
  ///
  /// It is never compressed.
  package var encoding: UInt8
  /// Whether its rows were left out of memory when it came, so that they are read back from the journal.
  package var isSpooled: Bool
  /// Whether an equal request is a repeat of it.
  package var isRecognisable: Bool
  package var tenant: UInt32
  /// When it came, in nanoseconds since 1970.
  package var receivedAt: Int64
  /// The time of the latest commit when it came; that of its rows is later.
  package var storedAfter: Int64
  /// The earliest and the latest time that its records could have.
  package var earliest: UInt64
  package var latest: UInt64
  /// What its rows carry.
  package var batchID: UInt64

  package init(
    signal: UInt8, encoding: UInt8, isSpooled: Bool = false, isRecognisable: Bool, tenant: UInt32, receivedAt: Int64,
    storedAfter: Int64, earliest: UInt64, latest: UInt64, batchID: UInt64
  ) {
    self.signal = signal
    self.encoding = encoding
    self.isSpooled = isSpooled
    self.isRecognisable = isRecognisable
    self.tenant = tenant
    self.receivedAt = receivedAt
    self.storedAfter = storedAfter
    self.earliest = earliest
    self.latest = latest
    self.batchID = batchID
  }

  /// The fields as they stand before the body.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.fieldBytes)
    bytes.append(signal)
    bytes.append(encoding)
    bytes.append((isSpooled ? 1 : 0) as UInt8)
    bytes.append((isRecognisable ? 1 : 0) as UInt8)
    bytes.append(tenant)
    bytes.append(receivedAt)
    bytes.append(storedAfter)
    bytes.append(earliest)
    bytes.append(latest)
    bytes.append(batchID)
    return bytes
  }

  /// Reads the fields of a payload; nil when they are not of this version.
  package init?(payload: ArraySlice<UInt8>) {
    guard payload.count >= Self.fieldBytes else { return nil }
    let bytes = Array(payload.prefix(Self.fieldBytes))
    // Which encodings there are is up to the signal, which refuses one that it does not know.
    guard bytes[2] <= 1, bytes[3] <= 1 else { return nil }
    self.init(
      signal: bytes[0], encoding: bytes[1], isSpooled: bytes[2] == 1, isRecognisable: bytes[3] == 1,
      tenant: bytes.load(UInt32.self, at: 4),
      receivedAt: bytes.load(Int64.self, at: 8), storedAfter: bytes.load(Int64.self, at: 16),
      earliest: bytes.load(UInt64.self, at: 24), latest: bytes.load(UInt64.self, at: 32),
      batchID: bytes.load(UInt64.self, at: 40))
  }
}
