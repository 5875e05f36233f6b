/// The samples of one quantity of a GPU, or of a part of it, as columns.
package struct SampleColumn: Sendable, Hashable {
  /// In nanoseconds since 1970, strictly ascending.
  package var times: [Int64]
  /// Those that are no numbers, such as the mark of a series that has gone, are of no time.
  package var values: [Double]
  package var origin: SampleOrigin

  package init(times: [Int64] = [], values: [Double] = [], origin: SampleOrigin = .axonize) {
    precondition(times.count == values.count, "columns have different lengths")
    self.times = times
    self.values = values
    self.origin = origin
  }

  package var isEmpty: Bool { times.isEmpty }
}

/// Whose series samples come from.
package enum SampleOrigin: String, Sendable, CaseIterable {
  /// The collector of the server or of an agent.
  case axonize
  /// NVIDIA's DCGM exporter.
  case dcgm
}

extension SampleColumn {
  /// The times between samples that are not too far apart and are numbers: when something was reported.
  package var stretches: [Range<Int64>] {
    StepIntegral(self).pieces.reduce(into: []) { stretches, piece in
      if let last = stretches.last, last.upperBound == piece.range.lowerBound {
        stretches[stretches.count - 1] = last.lowerBound..<piece.range.upperBound
      } else {
        stretches.append(piece.range)
      }
    }
  }
}
