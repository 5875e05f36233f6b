import RemoteWrite

/// Counts the samples of a request.
enum SampleCount {
  private struct Nothing: RemoteWriteVisitor {
    mutating func visit(_ series: borrowing RemoteWriteSeries) {}
    mutating func visit(_ metadata: RemoteWriteMetadata) {}
  }

  /// - Parameter request: of remote write 1.0, not compressed; what follows a mistake is not counted.
  static func of(_ request: [UInt8]) -> Int {
    let decoder = RemoteWriteDecoder()
    var visitor = Nothing()
    // SAFETY: the array's memory lives during the call.
    let counts = unsafe request.withUnsafeBytes { bytes in
      try? unsafe decoder.decode(bytes, as: .version1, into: &visitor)
    }
    return counts?.samples ?? 0
  }
}
