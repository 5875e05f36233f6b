package import Base
package import Engine
package import Series
import Synchronization

/// Reads the series of tenants; the slice that stores series offers it.
package protocol SeriesReading: Sendable {
  /// The series of a tenant, for the time of one request, on a thread that may block.
  ///
  /// The source limits how many series and samples it reads.
  func series(of tenant: TenantID, during activity: QueryActivity) -> any SeriesSource
}

/// Where slices of a server meet over samples, since they do not know each other.
///
/// One offers its sink and its reader when it is made; others ask for them when their services start, or for a request.
package final class SamplePort: Sendable {
  private struct Offered {
    var sink: (any SampleSink)?
    var reader: (any SeriesReading)?
    var steps: (any SeriesStepReading)?
  }

  private let offered = Mutex(Offered())

  package init() {}

  package func offer(_ sink: any SampleSink) { offered.withLock { $0.sink = sink } }

  package func offer(_ reader: any SeriesReading) { offered.withLock { $0.reader = reader } }

  package func offer(_ steps: any SeriesStepReading) { offered.withLock { $0.steps = steps } }

  /// Nil where no slice of the server stores series.
  package var sink: (any SampleSink)? { offered.withLock { $0.sink } }

  /// Nil where no slice of the server stores series.
  package var reader: (any SeriesReading)? { offered.withLock { $0.reader } }

  /// Nil where no slice of the server stores series.
  package var steps: (any SeriesStepReading)? { offered.withLock { $0.steps } }
}
