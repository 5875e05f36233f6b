package import SeriesBytes

/// One series of a request.
///
/// Ranges lie in the request's bytes.
package struct RemoteWriteSeries: Sendable {
  /// Bytes from the start of the request to the series.
  package internal(set) var offset = 0
  /// Sorted by name where ``fault`` allows it: with none, and where they came unsorted.
  package internal(set) var labels: [LabelRange] = []
  package internal(set) var samples: [RemoteWriteSample] = []
  /// Those without a mistake.
  package internal(set) var exemplars: [RemoteWriteExemplar] = []
  /// The labels of all exemplars.
  package internal(set) var exemplarLabels: [LabelRange] = []
  /// Exemplars with a mistake in their labels, or beyond the limit.
  package internal(set) var refusedExemplarCount = 0
  /// Native histograms, which are counted and not read.
  package internal(set) var nativeHistogramCount = 0
  /// Of a series of 2.0 that has some.
  package internal(set) var metadata: RemoteWriteMetadata?
  /// The first mistake, for which a receiver refuses the series.
  package internal(set) var fault: RemoteWriteFault?

  init() {}

  mutating func reset(offset: Int) {
    self.offset = offset
    labels.removeAll(keepingCapacity: true)
    samples.removeAll(keepingCapacity: true)
    exemplars.removeAll(keepingCapacity: true)
    exemplarLabels.removeAll(keepingCapacity: true)
    refusedExemplarCount = 0
    nativeHistogramCount = 0
    metadata = nil
    fault = nil
  }

  /// Notes a mistake; the first one counts.
  mutating func note(_ fault: RemoteWriteFault) { if self.fault == nil { self.fault = fault } }
}

/// A value and its time.
package struct RemoteWriteSample: Sendable, Equatable {
  /// The bits are kept: a stale marker is a NaN of its own.
  package var value: Double
  /// In milliseconds since 1970.
  package var time: Int64
  /// When the counter began to count, in milliseconds since 1970; 0 for unknown.
  package var startTime: Int64

  package init(value: Double, time: Int64, startTime: Int64 = 0) {
    self.value = value
    self.time = time
    self.startTime = startTime
  }
}

/// An exemplar of a series.
package struct RemoteWriteExemplar: Sendable {
  package var value: Double
  /// In milliseconds since 1970.
  package var time: Int64
  /// Where its labels are in those of all exemplars.
  package var labels: Range<Int>
}

/// What is known of a metric.
///
/// Texts may be cut, and may hold bytes that are not UTF-8.
package struct RemoteWriteMetadata: Sendable, Hashable {
  package var type = FamilyType.unknown
  /// Of a request of 1.0; empty in 2.0, where it belongs to the series.
  package var family: Range<Int> = 0..<0
  package var unit: Range<Int> = 0..<0
  package var help: Range<Int> = 0..<0
}

/// What a request held.
package struct RemoteWriteCounts: Sendable, Hashable {
  package internal(set) var series = 0
  package internal(set) var samples = 0
  package internal(set) var nativeHistograms = 0
  package internal(set) var exemplars = 0
  /// Metadata of 1.0 whose family has no name, a long one, or one that is not UTF-8.
  package internal(set) var refusedMetadata = 0
}

/// Takes what a request holds, in the order in which it stands.
package protocol RemoteWriteVisitor {
  /// Takes a series; it is valid until the call returns.
  mutating func visit(_ series: borrowing RemoteWriteSeries)

  /// Takes metadata of 1.0.
  mutating func visit(_ metadata: RemoteWriteMetadata)
}
