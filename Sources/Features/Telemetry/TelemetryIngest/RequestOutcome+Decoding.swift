import Commit
import OTLP
import OTLPDecoding

extension RequestOutcome {
  /// What became of a request that could not be decoded.
  init(_ error: DecodeError, _ signal: OTLPSignal) {
    self =
      switch error {
      case .malformed(let offset, let reason):
        .refused(
          .malformed, "the request is not a valid OTLP \(signal.rawValue) message: \(reason) (at byte \(offset))")
      case .tooLarge(let reason):
        .refused(.tooLarge, "the request is too large: \(reason); send it in several requests")
      case .batchFull:
        .refused(.tooLarge, "the request holds more text than can be stored at once; send it in several requests")
      }
  }
}
