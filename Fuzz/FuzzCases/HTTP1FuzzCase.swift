import HTTP1
import HTTPTypes

/// Properties that hold for every input; the fuzzer and the replay of its findings run them.
///
/// Whatever the bytes are, the parsers neither trap nor read out of bounds, and what they say does not depend on how
/// the bytes are cut into pieces. What they accept can be written again and reads back the same.
package enum HTTP1FuzzCase {
  /// Runs every parser over an input whose first byte chooses where it is cut.
  package static func run(_ input: [UInt8]) {
    guard let seed = input.first else { return }
    let bytes = [UInt8](input.dropFirst())
    let cut = bytes.isEmpty ? 0 : Int(seed) * bytes.count / 256
    let request = requests(in: bytes, cut: bytes.count)
    precondition(request == requests(in: bytes, cut: cut), "a cut at \(cut) changes what a request says")
    let response = responses(in: bytes, cut: bytes.count)
    precondition(response == responses(in: bytes, cut: cut), "a cut at \(cut) changes what a response says")
    for framing in [BodyFraming.chunked, .length(Int(seed)), .untilClose] {
      let whole = body(in: bytes, framing, cut: bytes.count)
      precondition(whole == body(in: bytes, framing, cut: cut), "a cut at \(cut) changes a \(framing) body")
    }
  }

  private enum Outcome: Hashable {
    case head([String], BodyFraming, isKeepAlive: Bool, byteCount: Int)
    case failure(HTTP1Error)
    case incomplete
  }

  private static let limits = HTTP1Limits(headBytesMax: 4096, fieldCountMax: 20, targetBytesMax: 256)

  private static func requests(in bytes: [UInt8], cut: Int) -> Outcome {
    var parser = RequestHeadParser(limits: limits)
    var search = HeadSearch()
    do throws(HTTP1Error) {
      var isComplete = try parser.parse(bytes.span.extracting(0..<cut), search: &search)
      if !isComplete { isComplete = try parser.parse(bytes.span, search: &search) }
      guard isComplete else { return .incomplete }
      let head = parser.head
      writeAgain(head, bytes)
      let texts = [head.methodToken, head.target, head.path, head.query, head.authority]
      return .head(
        texts.map { $0.text(in: bytes.span) } + names(head.fields, bytes), head.framing,
        isKeepAlive: head.isKeepAlive, byteCount: head.byteCount)
    } catch {
      return .failure(error)
    }
  }

  private static func responses(in bytes: [UInt8], cut: Int) -> Outcome {
    var parser = ResponseHeadParser(limits: limits)
    var search = HeadSearch()
    do throws(HTTP1Error) {
      var isComplete = try parser.parse(bytes.span.extracting(0..<cut), method: .get, search: &search)
      if !isComplete { isComplete = try parser.parse(bytes.span, method: .get, search: &search) }
      guard isComplete else { return .incomplete }
      let head = parser.head
      return .head(
        ["\(head.status)", head.reason.text(in: bytes.span)] + names(head.fields, bytes), head.framing,
        isKeepAlive: head.isKeepAlive, byteCount: head.byteCount)
    } catch {
      return .failure(error)
    }
  }

  private static func names(_ fields: HeadFields, _ bytes: [UInt8]) -> [String] {
    fields.fields(in: bytes.span).fields.flatMap { [$0.name, $0.value] }
  }

  /// What was accepted is written again, and the parser reads the same from it.
  private static func writeAgain(_ head: RequestHead, _ bytes: [UInt8]) {
    let fields = head.fields.fields(in: bytes.span)
    let target = head.target.text(in: bytes.span)
    let host = head.fields.first(.host)?.text(in: bytes.span) ?? ""
    let framing: OutgoingFraming =
      switch head.framing {
      case .none, .untilClose: .none
      case .length(let length): .length(length)
      case .chunked: .chunked
      }
    var writer = HeadWriter()
    do throws(HTTP1Error) {
      try writer.request(
        method: head.httpMethod(in: bytes.span), target: target, host: host, fields: fields, framing: framing)
      var parser = RequestHeadParser()
      var search = HeadSearch()
      let isComplete = try parser.parse(writer.bytes.span, search: &search)
      precondition(isComplete, "a head that was written is not complete")
      precondition(parser.head.target.text(in: writer.bytes.span) == target, "the target changed")
      precondition(parser.head.framing == head.framing, "the framing changed")
    } catch {
      preconditionFailure("a head that was accepted cannot be written and read again: \(error)")
    }
  }

  private enum BodyOutcome: Hashable {
    case bytes([UInt8], isEnded: Bool, rest: Int)
    case failure(HTTP1Error)
  }

  private static func body(in bytes: [UInt8], _ framing: BodyFraming, cut: Int) -> BodyOutcome {
    do throws(HTTP1Error) {
      var reader = try MessageBodyReader(framing, bodyBytesMax: 1 << 20)
      var body: [UInt8] = []
      for (start, end) in [(0, cut), (cut, bytes.count)] {
        let piece = bytes.span.extracting(start..<end)
        var offset = 0
        steps: while true {
          switch try reader.next(piece, from: &offset) {
          case .needsMore:
            precondition(offset == piece.count, "bytes were left although more are needed")
            break steps
          case .data(let range):
            precondition(!range.isEmpty && range.upperBound <= offset, "a range \(range) beyond \(offset)")
            body += bytes[(start + range.lowerBound)..<(start + range.upperBound)]
          case .end: return .bytes(body, isEnded: true, rest: bytes.count - start - offset)
          }
        }
      }
      return .bytes(body, isEnded: false, rest: 0)
    } catch {
      return .failure(error)
    }
  }
}
