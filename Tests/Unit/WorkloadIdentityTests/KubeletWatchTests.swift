import Base
import GRPC
import GRPCTestSupport
import Synchronization
import System
import TestSupport
import Testing

@testable import WorkloadIdentity

/// Goal: what the kubelet says is known soon, forgotten when it is silent for long, and its absence is no failure.
@Suite struct KubeletWatchTests {
  private static let list = KubeletMessages.list([
    ("team-a", "llama-0", [.init(devices: [("nvidia.com/gpu", ["nvidia0"])])])
  ])

  private func watch(_ path: String) throws -> KubeletWatch {
    var pace = KubeletWatch.Pace()
    pace.interval = .milliseconds(20)
    pace.retryAfter = .milliseconds(5)
    pace.retryAfterMax = .milliseconds(40)
    let watch = KubeletWatch(path: path, pace: pace)
    try watch.start()
    return watch
  }

  private static func answer(_ method: String) -> UnixGRPCServer.Reply {
    switch method {
    case "/v1.PodResourcesLister/List": .message(list)
    case "/v1.PodResourcesLister/GetAllocatableResources":
      .message(KubeletMessages.allocatable([("nvidia.com/gpu", ["nvidia0", "nvidia1"])]))
    default: .status(.unimplemented, method)
    }
  }

  @Test func `a kubelet that comes and goes is followed`() async throws {
    let folder = try SocketFolder()
    let watch = try watch(folder.socket)
    defer { watch.stop() }
    #expect(watch.allocations() == nil)
    #expect(watch.failure == nil)
    let mode = Mutex(UnixGRPCServer.Reply?.none)
    let server = try UnixGRPCServer(path: folder.socket) { method in mode.withLock { $0 } ?? Self.answer(method) }
    await eventually { watch.allocations()?.allocatable == ["nvidia.com/gpu": 2] }
    #expect(
      watch.allocations()?.allocations.first?.holder == .init(namespace: "team-a", pod: "llama-0", container: "vllm"))
    mode.withLock { $0 = .status(.unavailable, "starting") }
    await eventually { watch.failure?.contains("UNAVAILABLE: starting") == true }
    // What was heard holds for a while, and no longer.
    #expect(watch.allocations() != nil)
    #expect(watch.allocations(at: Instant.now + .seconds(61)) == nil)
    mode.withLock { $0 = .message([0xff]) }
    await eventually { watch.failure?.contains("UNAVAILABLE") == false }
    mode.withLock { $0 = nil }
    await eventually { watch.failure == nil }
    server.stop()
    await eventually { watch.failure == nil }
  }

  @Test func `a kubelet that does not count its devices still lists its pods`() async throws {
    let folder = try SocketFolder()
    let server = try UnixGRPCServer(path: folder.socket) { method in
      method.hasSuffix("List") ? .message(Self.list) : .status(.unknown, "API GetAllocatableResources disabled")
    }
    defer { server.stop() }
    let watch = try watch(folder.socket)
    defer { watch.stop() }
    await eventually { watch.allocations()?.allocations.count == 1 }
    #expect(watch.allocations()?.allocatable == [:])
    watch.stop()
    #expect(watch.waitUntilEnded(by: Instant.now + .seconds(20)))
  }
}
