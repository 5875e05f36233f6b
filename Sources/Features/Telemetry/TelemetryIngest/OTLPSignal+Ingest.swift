package import OTLP

extension OTLPSignal {
  /// The table of its rows.
  package var table: String {
    switch self {
    case .traces: "spans"
    case .metrics: "metric_points"
    case .logs: "logs"
    }
  }

  /// The number in the journal; never changed.
  var journalNumber: UInt8 {
    switch self {
    case .traces: 0
    case .metrics: 1
    case .logs: 2
    }
  }

  init?(journalNumber: UInt8) {
    guard let signal = Self.allCases.first(where: { $0.journalNumber == journalNumber }) else { return nil }
    self = signal
  }
}

extension OTLPEncoding {
  /// The number in the journal; never changed.
  var journalNumber: UInt8 { self == .json ? 1 : 0 }

  init(journalNumber: UInt8) { self = journalNumber == 1 ? .json : .protobuf }
}
