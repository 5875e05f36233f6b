/// When a group of requests is committed, and how much may wait for it.
package struct CommitLimits: Sendable, Equatable {
  /// Rows at which a group is committed immediately.
  ///
  /// Default 100,000: beyond it parts hardly get cheaper.
  package var groupRowsMax = 100_000
  /// Bytes at which a group is committed immediately.
  ///
  /// Default 32 MiB.
  package var groupBytesMax = 32 << 20
  /// How long rows kept elsewhere wait for others while there are readers.
  ///
  /// Default 1 s: one part per second reaches the engine's merges.
  package var lingerMax = Duration.seconds(1)
  /// The same while there are no readers.
  ///
  /// Default 10 s, or ``lingerMax`` if that is longer: a reader then has the rows committed first.
  package var unreadLingerMax = Duration.seconds(10)
  /// How long a reader counts as present after a query.
  ///
  /// Default 10 s.
  package var readerInterval = Duration.seconds(10)
  /// The least time between two commits that questions ask for.
  ///
  /// Default 100 ms.
  package var settleInterval = Duration.milliseconds(100)
  /// The longest that a request whose sender waits for the commit waits for others.
  ///
  /// Default 100 ms.
  package var awaitedLingerMax = Duration.milliseconds(100)
  /// An awaited group that is this old and has not grown for as long is committed early, if no commit began in the last
  /// ``awaitedLingerMax`` or if it is already ``earlyRows`` rows.
  ///
  /// Default 5 ms.
  package var quietInterval = Duration.milliseconds(5)
  /// Rows from which a quiet group may be committed although another was just now.
  ///
  /// Default 8,000.
  package var earlyRows = 8_000
  /// Bytes of rows that may wait or be under way before kept requests are acknowledged at the pace of commits, so that
  /// senders are held to what the engine takes.
  ///
  /// Default 24 MiB: up to twice as much then waits, with which a server at its full rate stays below 700 MB.
  package var backlogBytesMax = 24 << 20
  /// Bytes of rows that may wait or be under way.
  ///
  /// Beyond it requests are refused with a delay. Default 256 MiB.
  package var queueBytesMax = 256 << 20
  /// How often a commit is tried while the engine says that it is unavailable.
  ///
  /// Default 4, over about 2 s.
  package var attemptCountMax = 4
  /// The first pause between attempts; it doubles.
  ///
  /// Default 250 ms.
  package var retryInterval = Duration.milliseconds(250)
  /// The pause after all of these attempts, where requests are kept elsewhere and so are tried for ever.
  ///
  /// Default 2 s.
  package var outageInterval = Duration.seconds(2)
  /// How many inserts may be spent on finding the requests of one group whose rows the engine refuses.
  ///
  /// Default 128: a single one among 1,000 takes 20.
  package var divisionInsertsMax = 128
  /// How long a refused client should wait before it retries.
  ///
  /// Default 1 s.
  package var refusalDelay = Duration.seconds(1)

  package init() {}
}
