package import SeriesBytes

/// A point of InfluxDB's line protocol: `measurement,tag=value field=1,other=2i 1700000000000000000`.
package struct LineProtocolPoint: Sendable {
  /// The texts of the point, escapes resolved.
  package internal(set) var bytes: [UInt8] = []
  /// The measurement in ``bytes``.
  package internal(set) var measurement: Range<Int> = 0..<0
  /// In the order of the line.
  package internal(set) var tags: [LabelRange] = []
  /// In the order of the line; there is one at least.
  package internal(set) var fields: [LineProtocolField] = []
  /// In milliseconds since 1970; nil where the line has none.
  package internal(set) var time: Int64?

  init() {}
}

/// A field of a point.
package struct LineProtocolField: Sendable, Hashable {
  /// The name in the bytes of the point.
  package var name: Range<Int>
  /// Booleans are 1 and 0; nil for a text, which is no number.
  package var value: Double?
}

/// Takes what a text in line protocol holds, in the order in which it stands.
package protocol LineProtocolVisitor {
  /// Takes a point; it is valid until the call returns.
  mutating func visit(_ point: borrowing LineProtocolPoint)

  /// Takes what is wrong with a line, of which no point comes.
  mutating func refuse(_ error: LineProtocolError)
}

/// Why a line is not a point, and where.
package struct LineProtocolError: Sendable, Hashable, CustomStringConvertible {
  /// Counted from 1.
  package let line: Int
  /// Bytes from the start of the line, counted from 1.
  package let column: Int
  /// A phrase, for example `the tag has no value`.
  package let reason: String

  package var description: String { "line \(line), column \(column): \(reason)" }
}

/// The unit of the times of a request: those of InfluxDB's `precision`.
package enum LineProtocolPrecision: Sendable, Hashable, CaseIterable {
  case nanoseconds, microseconds, milliseconds, seconds, minutes, hours

  /// By the name that a request has; nil for one that is not known.
  package init?(name: String) {
    switch name {
    case "ns", "n": self = .nanoseconds
    case "us", "u", "µ": self = .microseconds
    case "ms": self = .milliseconds
    case "s": self = .seconds
    case "m": self = .minutes
    case "h": self = .hours
    default: return nil
    }
  }

  /// A time of this unit in milliseconds, rounded down; nil beyond 64 bits.
  func milliseconds(_ time: Int64) -> Int64? {
    switch self {
    case .nanoseconds: return Self.floor(time, 1_000_000)
    case .microseconds: return Self.floor(time, 1_000)
    case .milliseconds: return time
    case .seconds: return Self.product(time, 1_000)
    case .minutes: return Self.product(time, 60_000)
    case .hours: return Self.product(time, 3_600_000)
    }
  }

  private static func floor(_ time: Int64, _ divisor: Int64) -> Int64 {
    time / divisor - (time % divisor < 0 ? 1 : 0)
  }

  private static func product(_ time: Int64, _ factor: Int64) -> Int64? {
    let (product, overflows) = time.multipliedReportingOverflow(by: factor)
    return overflows ? nil : product
  }
}

/// What a text in line protocol may hold.
package struct LineProtocolLimits: Sendable, Hashable {
  /// Bytes of a line; 256 KiB, more than a hundred tags take.
  package var lineBytesMax = 256 << 10
  /// Tags of a point; 99, with the name of the series its labels are 100.
  package var tagsMax = 99
  /// Fields of a point; 4,096, the columns that a table of InfluxDB 3 may have several times over.
  package var fieldsMax = 4_096
  /// Bytes of the name of a tag, and of a measurement and a field together; 1,024.
  package var nameBytesMax = 1_024
  /// Bytes of a tag's value; 4,096.
  package var valueBytesMax = 4_096

  package init() {}
}
