import Base
import Glibc
import LogSinks
import Testing

struct StandardErrorSinkTests {
  /// The two ends of a pipe or of a socket pair.
  private func ends(socket: Bool) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    if socket {
      #expect(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    } else {
      #expect(unsafe pipe(&ends) == 0)
    }
    return (ends[0], ends[1])
  }

  private func drain(_ descriptor: Int32) -> String {
    #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    return String(decoding: text, as: UTF8.self)
  }

  @Test(arguments: [false, true])
  func `records beyond what the reader takes are dropped, counted and told`(socket: Bool) {
    let (read, write) = ends(socket: socket)
    defer {
      close(read)
      close(write)
    }
    let sink = StandardErrorSink(level: .info, format: .json, descriptor: write) { UnixNanoseconds(0) }
    let logger = Logger(component: "test", sink: sink)
    for number in 0..<5000 {
      logger.info("record", LogField("number", number), LogField("pad", String(repeating: "x", count: 200)))
    }
    let dropped = sink.droppedCount
    #expect(dropped > 0)
    #expect(dropped < 5000)
    let before = drain(read).split(separator: "\n")
    logger.info("again")
    let after = drain(read).split(separator: "\n")
    #expect(after.contains { $0.contains(#""message":"log records were lost","count":"\#(dropped)""#) })
    #expect(after.last?.contains(#""message":"again""#) == true)
    let whole = before.count + after.count - 2
    #expect(UInt64(whole) + dropped == 5000 || (socket && UInt64(whole) + dropped == 5001))
    #expect(sink.droppedCount == dropped)
  }

  @Test func `a closed reader neither ends the process nor throws`() {
    let (read, write) = ends(socket: true)
    close(read)
    let sink = StandardErrorSink(level: .debug, format: .human, descriptor: write)
    sink.write(.error, component: "test", message: "lost", fields: [])
    #expect(sink.droppedCount == 1)
    close(write)
  }

  @Test func `a message below the level is not even built`() {
    let logger = Logger(component: "test", sink: StandardErrorSink(level: .error, format: .json, descriptor: -1))
    func message() -> String {
      Issue.record("built")
      return ""
    }
    logger.warning(message())
  }
}
