import Base

/// Tells programs apart that report with one name.
///
/// Each has a number that it chose at its start. After a restart reports have another one, and the old one does not
/// come back; where it does, two programs report at the same time.
struct NodeRuns: Sendable {
  /// The newest last.
  private var recent: [(id: String, lastSeenAt: UnixNanoseconds)] = []
  private var doubtedUntil = UnixNanoseconds(0)

  /// So many programs with one name are recognised.
  private static let countMax = 8
  /// How long a number is remembered that was not heard of: reports come every five seconds.
  private static let rememberedFor: Int64 = 60_000_000_000
  /// How long a name counts as shared after the last time that a number came back: three reports.
  private static let doubtedFor: Int64 = 15_000_000_000

  /// Notes a report; whether more than one program reports at present.
  ///
  /// - Parameter id: ``NodeReport/run``; nil for a version that has none, of which nothing is known.
  mutating func isShared(_ id: String?, at time: UnixNanoseconds) -> Bool {
    guard let id else { return false }
    recent.removeAll { time.rawValue - $0.lastSeenAt.rawValue > Self.rememberedFor }
    let place = recent.firstIndex { $0.id == id }
    if let place, place < recent.count - 1 { doubtedUntil = UnixNanoseconds(time.rawValue + Self.doubtedFor) }
    if let place { recent.remove(at: place) }
    recent = recent.suffix(Self.countMax - 1) + [(id, time)]
    return time < doubtedUntil
  }

  /// Which number was heard of last beside another one; nil for none.
  func newest(otherThan id: String) -> String? { recent.last { $0.id != id }?.id }

  func isRemembered(at time: UnixNanoseconds) -> Bool {
    recent.contains { time.rawValue - $0.lastSeenAt.rawValue <= Self.rememberedFor }
  }
}
