/// Field numbers of `prometheus.WriteRequest` and what it holds (prometheus/prometheus, prompb/remote.proto and
/// types.proto).
enum WriteField1 {
  static let series: UInt32 = 1
  static let metadata: UInt32 = 3

  enum Series {
    static let labels: UInt32 = 1
    static let samples: UInt32 = 2
    static let exemplars: UInt32 = 3
    static let histograms: UInt32 = 4
  }

  enum Label {
    static let name: UInt32 = 1
    static let value: UInt32 = 2
  }

  enum Exemplar {
    static let labels: UInt32 = 1
    static let value: UInt32 = 2
    static let time: UInt32 = 3
  }

  enum Metadata {
    static let type: UInt32 = 1
    static let family: UInt32 = 2
    static let help: UInt32 = 4
    static let unit: UInt32 = 5
  }
}

/// Field numbers of `io.prometheus.write.v2.Request` and what it holds (prompb/io/prometheus/write/v2/types.proto).
enum WriteField2 {
  static let symbols: UInt32 = 4
  static let series: UInt32 = 5

  enum Series {
    static let labelReferences: UInt32 = 1
    static let samples: UInt32 = 2
    static let histograms: UInt32 = 3
    static let exemplars: UInt32 = 4
    static let metadata: UInt32 = 5
    /// Up to the release candidate 3 of the specification; since then each sample has its own.
    static let createdTime: UInt32 = 6
  }

  enum Exemplar {
    static let labelReferences: UInt32 = 1
    static let value: UInt32 = 2
    static let time: UInt32 = 3
  }

  enum Metadata {
    static let type: UInt32 = 1
    static let help: UInt32 = 3
    static let unit: UInt32 = 4
  }
}

/// Field numbers of a sample, the same in both messages; the start time is of 2.0.
enum WriteSampleField {
  static let value: UInt32 = 1
  static let time: UInt32 = 2
  static let startTime: UInt32 = 3
}
