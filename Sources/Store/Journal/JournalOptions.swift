package import Base
package import System

/// When what is written must be on the device.
package enum JournalSync: Sendable, Hashable {
  /// Before it is acknowledged; requests that come meanwhile share the next call.
  case always
  /// This long after it was acknowledged at most: a power failure can lose as much.
  case interval(Duration)
  /// When the kernel sees fit, within half a minute on Linux.
  case never
}

/// How a journal works.
package struct JournalOptions: Sendable {
  /// Its folder; made if it is not there.
  package var folder: String
  package var sync = JournalSync.interval(.milliseconds(100))
  /// All segments together; beyond it requests are refused.
  ///
  /// Default 2 GiB: half a minute of a server's full rate, and hours of an outage at a thousand spans a second.
  package var bytesMax = 2 << 30
  /// How long a request may wait to be stored; beyond it requests are refused until the oldest ones are stored.
  ///
  /// Nothing is dropped for its age. Default a day: an outage of that length does not mend itself, and senders should
  /// hear of it while they still have the data.
  package var ageMax = Duration.seconds(86_400)
  /// A segment that is as large takes no more records.
  ///
  /// Default 64 MiB: a small part of the above goes at once.
  package var segmentBytesMax = 64 << 20
  /// A segment that is as old takes no more records, so that what a start reads is short.
  ///
  /// Default 60 s.
  package var segmentAgeMax = Duration.seconds(60)
  /// Records that wait to be written; beyond it requests are refused.
  ///
  /// Default 64 MiB, and one record always.
  package var pendingBytesMax = 64 << 20
  /// How long after its last record a segment whose records are all stored is closed.
  ///
  /// Default 5 s.
  package var quietInterval = Duration.seconds(5)
  /// The least time between two looks for segments to remove.
  ///
  /// Default 10 s: before each, the file system is synchronised.
  package var cleaningInterval = Duration.seconds(10)
  /// The most bytes of rejected records that are set aside; beyond it the oldest are removed.
  ///
  /// Default 256 MiB.
  package var refusedBytesMax = 256 << 20
  /// How long they are kept: they hold telemetry, which has to go as what is stored goes.
  ///
  /// Default 14 days, the shortest retention by default.
  package var refusedAgeMax = Duration.seconds(14 * 86_400)
  /// The time between two looks for old ones.
  ///
  /// Default an hour.
  package var refusedSweepInterval = Duration.seconds(3_600)
  /// How long it is tried to read a place of a segment that fails, and how often at least, before it is given up.
  ///
  /// Default five minutes and ten times: the kernel and the disk have tried again each time, and what comes behind
  /// waits meanwhile.
  package var readTimeMax = Duration.seconds(300)
  package var readCountMin = 10

  /// Reads this many bytes of a segment from an offset; a test gives its own.
  package var read:
    @Sendable (_ file: borrowing FileDescriptor, _ offset: Int, _ count: Int) throws(SystemError) -> [UInt8] =
      { (file, offset, count) throws(SystemError) in try file.read(at: offset, count: count) }
  /// The steady clock.
  package var instant: @Sendable () -> Instant = { .now }
  /// The wall clock.
  package var now: @Sendable () -> UnixNanoseconds = { WallClock.now }

  package init(folder: String) { self.folder = folder }
}
