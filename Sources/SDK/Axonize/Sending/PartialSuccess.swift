internal import CAxonizeCore

/// What an answer says of a request that was taken in part.
enum PartialSuccess {
  /// The spans that were rejected; 0 for an answer that is empty or is none.
  static func rejected(_ body: [UInt8]) -> Int {
    // SAFETY: the core reads `count` bytes of the array while the closure runs.
    Int(
      clamping: unsafe body.withUnsafeBufferPointer { bytes in
        unsafe axz_response_rejected_spans(bytes.baseAddress, bytes.count)
      })
  }
}
