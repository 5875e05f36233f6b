/// When a group of requests is committed, and how much may wait for it.
package struct CommitLimits: Sendable, Equatable {
  /// A group of so many rows is committed at once. Default 100,000: beyond it parts hardly get cheaper.
  package var groupRowsMax = 100_000
  /// A group of so many bytes is committed at once. Default 32 MiB.
  package var groupBytesMax = 32 << 20
  /// The longest that a request waits for others. Default 100 ms: at most ten parts a second reach the engine's merges.
  package var lingerMax = Duration.milliseconds(100)
  /// A group that is this old and has not grown for as long is committed early, if no commit began in the last
  /// ``lingerMax`` or if it is already ``earlyRows`` rows. Default 5 ms.
  package var quietInterval = Duration.milliseconds(5)
  /// Rows from which a quiet group may be committed although another was just now. Default 8,000.
  package var earlyRows = 8_000
  /// Bytes of rows that may wait or be under way. Beyond it requests are refused with a delay. Default 256 MiB.
  package var queueBytesMax = 256 << 20
  /// How often a commit is tried while the engine says that it is unavailable. Default 4, over about 2 s.
  package var attemptCountMax = 4
  /// The first pause between attempts; it doubles. Default 250 ms.
  package var retryInterval = Duration.milliseconds(250)
  /// How many inserts may be spent on finding the requests of one group whose rows the engine refuses. Default 128: a
  /// single one among 1,000 takes 20.
  package var divisionInsertsMax = 128
  /// What a refused client is told to wait. Default 1 s.
  package var refusalDelay = Duration.seconds(1)

  package init() {}
}
