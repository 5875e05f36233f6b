/// The type of a metric family.
///
/// The numbers are those of remote write (`prometheus.MetricMetadata`), the names those of OpenMetrics.
package enum FamilyType: UInt8, Sendable, CaseIterable {
  case unknown = 0
  case counter = 1
  case gauge = 2
  case histogram = 3
  case gaugehistogram = 4
  case summary = 5
  case info = 6
  case stateset = 7
}
