import Foundation
package import HTTPClient
import Testing

/// The servers of `Tests/Fixtures/TLSPeers/tls_peers.py` in a process of their own: Python's TLS, not ours.
package final class TLSPeers: Sendable {
  /// The file of the authority that signed the good certificates.
  package let authority: String
  /// The file of a certificate that the peer `mutual` takes, with its key.
  package var clientCertificate: String { authority.dropLast("ca.pem".count) + "client.pem" }
  private let ports: [String: UInt16]
  /// The process ends with this one: its standard input ends then.
  private let input: Pipe

  package init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "axonize-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let root = #filePath.dropLast("Support/NetworkTestSupport/TLSPeers.swift".count)
    let process = Process()
    let output = Pipe()
    let input = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", root + "Fixtures/TLSPeers/tls_peers.py", folder.path()]
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    var text = ""
    while !text.hasSuffix("ready\n") {
      let piece = output.fileHandleForReading.availableData
      try #require(!piece.isEmpty, "the TLS peers ended: \(text)")
      text += String(decoding: piece, as: UTF8.self)
    }
    var lines = text.split(separator: "\n").dropLast()
    authority = String(lines.removeFirst())
    ports = Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let words = line.split(separator: " ")
        return (String(words[0]), UInt16(words[1]) ?? 0)
      })
    self.input = input
  }

  package func url(_ name: String, _ target: String = "/", host: String = "localhost") throws -> HTTPURL {
    let port = try #require(ports[name])
    return try #require(HTTPURL("https://\(host):\(port)\(target)"))
  }
}
