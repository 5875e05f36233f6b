import Attribution
import AttributionReading
import Base

/// What the sums of a minute were computed from: while it is the same, so are they.
struct MinuteBasis: Sendable {
  /// All that there were.
  var tenants: [TenantID]
  /// A hash of the samples of the GPUs that each of them reports; none where they were more than is looked at.
  var samples: [TenantID: Int] = [:]
  /// The commit up to which spans were there.
  var spansReadableUntil = Int64.max
  /// When the minute was computed, in nanoseconds since 1970; nil where nothing was stored.
  var revision: UnixNanoseconds?

  /// A hash of what attribution reads of some boards.
  ///
  /// Of 64 bits, with a seed of the process: that two different ones are the same does not happen.
  static func hash(of boards: [GPUSamples]) -> Int {
    var hasher = Hasher()
    for board in boards {
      hasher.combine(board.uuid)
      hasher.combine(board.node)
      hasher.combine(board.model)
      hasher.combine(board.profiles)
      hasher.combine(board.input.energy)
      hasher.combine(board.input.power)
      for resource in board.input.resources {
        hasher.combine(resource.id)
        hasher.combine(resource.size)
        hasher.combine(resource.validity)
        for column in [
          resource.utilisation, resource.activity, resource.memory, resource.smClock, resource.clockEventReasons,
        ] {
          hasher.combine(column)
        }
      }
    }
    return hasher.finalize()
  }
}
