/// What one answered request came to.
struct Outcome {
  enum Kind {
    case stored
    /// The server asked to come back later.
    case refused
    case failed
  }

  var kind: Kind
  /// Spans that a partial success rejected.
  var rejectedSpans: UInt64 = 0
  var detail = ""
}

/// A connection that sends OTLP requests and reads their answers.
protocol Connection: AnyObject {
  var socket: Socket { get }
  /// Whether another request may be handed over now.
  var isReadyForRequest: Bool { get }
  /// Whether bytes wait for the kernel to take them.
  var hasOutput: Bool { get }
  var inFlightCount: Int { get }
  var bytesSent: UInt64 { get }

  /// Queues a request; `token` comes back with its outcome.
  func enqueue(body: [UInt8], token: UInt64)
  /// Writes as much as the kernel and flow control take.
  func flush() throws(LoadError)
  /// Reads what has arrived and reports every finished request.
  func read(_ report: (UInt64, Outcome) -> Void) throws(LoadError)
}

extension Outcome {
  /// Reads an `Export…ServiceResponse`: field 1 is the partial success, whose field 1 counts rejected spans.
  static func stored(response: ArraySlice<UInt8>) -> Outcome {
    var outcome = Outcome(kind: .stored)
    guard response.count > 2, response[response.startIndex] == 0x0A else { return outcome }
    var index = response.startIndex + 2
    guard index < response.endIndex, response[index] == 0x08 else { return outcome }
    index += 1
    var shift: UInt64 = 0
    while index < response.endIndex, shift < 64 {
      outcome.rejectedSpans |= UInt64(response[index] & 0x7F) << shift
      guard response[index] & 0x80 != 0 else { break }
      shift += 7
      index += 1
    }
    return outcome
  }
}
