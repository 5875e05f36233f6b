/// A numbered step of the analytics schema. A released step is never changed; a new one is added.
package struct Migration: Sendable {
  /// Steps run in the order of their numbers, from 1 without gaps.
  package let number: UInt32
  package let name: String
  /// DDL without parameters. A statement MUST be able to run again after a stop half-way, see ``MigrationRunner``.
  package let statements: [String]

  /// Every step, in order.
  package static let all: [Migration] = [
    .telemetry, .derived, .withoutStatistics, .details, .withoutDetailColumns, .codecs, .counting, .labels,
  ]
}
