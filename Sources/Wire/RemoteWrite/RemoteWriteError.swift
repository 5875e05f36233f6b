package import Protobuf

/// Why a request is not taken at all, and where.
package struct RemoteWriteError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    /// The bytes are not the message.
    case malformed(ProtobufError.Reason)
    /// The texts of a request of 2.0 do not begin with the empty one.
    case noEmptySymbol
    case tooManySeries(limit: Int)
    case tooManySamples(limit: Int)
    case tooManySymbols(limit: Int)
  }

  package let reason: Reason
  /// Bytes from the start of the request.
  package let offset: Int

  init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  init(_ error: ProtobufError) { self.init(.malformed(error.reason), offset: error.offset) }

  package var description: String {
    switch reason {
    case .malformed(let reason): "\(ProtobufError(reason, offset: offset))"
    case .noEmptySymbol: "byte \(offset): the first of the symbols is not the empty text"
    case .tooManySeries(let limit): "byte \(offset): more than \(limit) series; send smaller requests"
    case .tooManySamples(let limit): "byte \(offset): more than \(limit) samples; send smaller requests"
    case .tooManySymbols(let limit): "byte \(offset): more than \(limit) symbols; send smaller requests"
    }
  }
}

/// What is wrong with one series; the others of its request are not concerned.
package enum RemoteWriteFault: Error, Sendable, Hashable, CustomStringConvertible {
  case noLabels
  /// The labels are handed over sorted all the same.
  case unsortedLabels
  case duplicateLabel
  case emptyLabelName
  case emptyLabelValue
  case invalidUTF8
  case tooManyLabels(limit: Int)
  case labelNameTooLong(limit: Int)
  case labelValueTooLong(limit: Int)
  /// A reference to a symbol that is not there.
  case unknownSymbol(UInt32)
  /// A name without a value.
  case oddReferences
  /// A series of 2.0 without samples and histograms.
  case noSamples
  /// A series of 2.0 with samples and histograms.
  case samplesAndHistograms

  /// A clause whose subject is the series, for example `has two labels of one name`.
  package var description: String {
    switch self {
    case .noLabels: "has no labels"
    case .unsortedLabels: "has labels that are not sorted by name"
    case .duplicateLabel: "has two labels of one name"
    case .emptyLabelName: "has a label without a name"
    case .emptyLabelValue: "has a label without a value"
    case .invalidUTF8: "has a label that is not valid UTF-8"
    case .tooManyLabels(let limit): "has more than \(limit) labels"
    case .labelNameTooLong(let limit): "has a label name of more than \(limit) bytes"
    case .labelValueTooLong(let limit): "has a label value of more than \(limit) bytes"
    case .unknownSymbol(let reference): "refers to symbol \(reference), which is not there"
    case .oddReferences: "has an odd number of label references"
    case .noSamples: "has neither samples nor histograms"
    case .samplesAndHistograms: "has both samples and histograms"
    }
  }
}
