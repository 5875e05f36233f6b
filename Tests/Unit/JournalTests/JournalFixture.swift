import Base
import Engine
import Glibc
import Journal
import System
import Testing

/// A journal's folder that goes with the value.
struct JournalFixture: ~Copyable {
  let folder: String

  init() throws {
    var template = [UInt8]("/tmp/journal-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
    let made = unsafe mkdtemp(&template)
    guard let made = unsafe made else { throw SystemError(call: "mkdtemp", code: errno) }
    folder = unsafe String(cString: made)
  }

  deinit {
    for inner in ["\(folder)/journal/refused", "\(folder)/journal", folder] {
      for name in (try? File.entries(ofDirectory: inner)) ?? [] { _ = unsafe unlink("\(inner)/\(name)") }
      _ = unsafe rmdir(inner)
    }
  }

  func open(
    logger: Logger = .disabled, _ change: (inout JournalOptions) -> Void = { _ in }
  ) throws -> Journal {
    var options = JournalOptions(folder: "\(folder)/journal")
    options.sync = .never
    change(&options)
    return try Journal(options, identityPath: "\(folder)/id", logger: logger)
  }

  var segments: [String] {
    get throws {
      try File.entries(ofDirectory: "\(folder)/journal").filter { $0.hasSuffix(".journal") }.sorted()
        .map { "\(folder)/journal/\($0)" }
    }
  }
}

extension JournalRecord {
  static func sample(_ id: UInt64, isSpooled: Bool = false) -> JournalRecord {
    JournalRecord(
      signal: UInt8(id % 3), encoding: UInt8(id % 2), isSpooled: isSpooled, isRecognisable: id % 5 != 0,
      tenant: UInt32(id), receivedAt: 1_000, storedAfter: Int64(2_000 + id), earliest: 5, latest: .max, batchID: id)
  }
}

extension Journal {
  /// Appends a sample with the text as its body, and waits until it is kept or not.
  func keep(_ id: UInt64, _ text: String, isSpooled: Bool = false) -> (entry: any KeptRequest, isKept: Bool) {
    let result = Monitor<Bool?>(nil)
    let body = Array(text.utf8)
    let entry = unsafe body.withUnsafeBytes { bytes in
      unsafe append(.sample(id, isSpooled: isSpooled), body: bytes) { isKept in
        result.withLock { $0 = isKept }
        result.notifyAll()
      }
    }
    return (entry, result.wait { isKept, _, _ in isKept })
  }

  /// The requests of every signal that wait to be read back.
  func readBack() throws -> [SpooledRequest] {
    var found: [SpooledRequest] = []
    for signal in UInt8(0)..<3 {
      let spool = JournalSpool(self, signal: signal)
      while let reading = try spool.next() {
        guard case .request(let request) = reading else { continue }
        #expect(request.record.signal == signal)
        spool.didTake(request)
        found.append(request)
      }
    }
    return found
  }

  /// What is read back, by batch id: the ids and the bodies.
  ///
  /// Of each signal, they MUST come in the order of their ids.
  func contents() throws -> [String] {
    let found = try readBack()
    for signal in UInt8(0)..<3 {
      let ids = found.map(\.record).filter { $0.signal == signal }.map(\.batchID)
      #expect(ids == ids.sorted())
    }
    return found.sorted { $0.record.batchID < $1.record.batchID }.map { request in
      #expect(request.record == .sample(request.record.batchID, isSpooled: request.record.isSpooled))
      return "\(request.record.batchID) \(String(decoding: request.body, as: UTF8.self))"
    }
  }
}
