import System
import Testing

@testable import Server

struct PortConflictTests {
  private func message(_ owner: PortOwner?) throws -> String {
    let address = try #require(SocketAddress(host: "127.0.0.1", port: 4317))
    return PortConflict.message(owner, address, key: "otlp_grpc", dataDirectory: "/var/lib/axonize")
  }

  private func server(_ folder: String) -> PortOwner {
    PortOwner(processID: 7, name: "axonize", openFiles: [folder + "/axonize.lock"])
  }

  @Test func `sharing the port is suggested only with a server of another data directory`() throws {
    let other = try message(server("/srv/other"))
    #expect(other.contains("process 7 (axonize), an Axonize server with the data directory /srv/other"))
    #expect(other.contains("--otlp-grpc"))
    #expect(other.contains("--take-over"))
    let strangers: [PortOwner?] = [PortOwner(processID: 9, name: "nginx", openFiles: []), nil]
    for owner in strangers {
      let text = try message(owner)
      #expect(text.contains("--otlp-grpc"), "\(text)")
      #expect(!text.contains("take"), "\(text)")
    }
    #expect(try message(strangers[0]).contains("process 9 (nginx)"))
  }

  @Test func `a server of the same data directory is said to run already`() throws {
    let text = try message(server("/var/lib/axonize"))
    #expect(text.contains("already running with the data directory /var/lib/axonize: process 7 (axonize)"))
    #expect(!text.contains("take"))
  }
}
