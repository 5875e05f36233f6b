import OTLP

extension OTLPSignal {
  /// The number of its requests in the journal; never changed.
  var journalKind: UInt8 {
    switch self {
    case .traces: 0
    // Of earlier versions: `MetricsIngest` stores what they left.
    case .metrics: 1
    case .logs: 2
    }
  }
}

extension OTLPEncoding {
  /// The number in the journal; never changed.
  var journalNumber: UInt8 { self == .json ? 1 : 0 }

  init(journalNumber: UInt8) { self = journalNumber == 1 ? .json : .protobuf }
}
