import Glibc
import Base
import Journal
import System
import Engine
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

  func open(_ change: (inout JournalOptions) -> Void = { _ in }) throws -> Journal {
    var options = JournalOptions(folder: "\(folder)/journal")
    options.sync = .never
    change(&options)
    return try Journal(options, identityPath: "\(folder)/id", logger: .disabled)
  }

  var segments: [String] {
    get throws {
      try File.entries(ofDirectory: "\(folder)/journal").filter { $0.hasSuffix(".journal") }.sorted()
        .map { "\(folder)/journal/\($0)" }
    }
  }
}

extension JournalRecord {
  static func sample(_ id: UInt64) -> JournalRecord {
    JournalRecord(
      signal: UInt8(id % 3), encoding: UInt8(id % 2), isRecognisable: id % 5 != 0, tenant: UInt32(id),
      receivedAt: 1_000,
      storedAfter: Int64(2_000 + id), earliest: 5, latest: .max, batchID: id)
  }
}

extension Journal {
  /// Appends a sample with the text as its body, and waits until it is kept or not.
  func keep(_ id: UInt64, _ text: String) -> (entry: any KeptRequest, isKept: Bool) {
    let result = Monitor<Bool?>(nil)
    let body = Array(text.utf8)
    let entry = unsafe body.withUnsafeBytes { bytes in
      unsafe append(.sample(id), body: bytes) { isKept in
        result.withLock { $0 = isKept }
        result.notifyAll()
      }
    }
    return (entry, result.wait { isKept, _, _ in isKept })
  }

  /// What is replayed: the batch ids and the bodies.
  func contents(_ outcome: ReplayedRecord = .taken) throws -> [String] {
    var found: [String] = []
    try replay { record, body, _ in
      #expect(record == .sample(record.batchID))
      found.append("\(record.batchID) \(String(decoding: body, as: UTF8.self))")
      return outcome
    }
    return found
  }
}
