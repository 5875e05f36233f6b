import Collection
import Foundation
import Synchronization
import System
import TestSupport
import Testing

@testable import HostCollection

struct FileSystemTests {
  @Test func `mounts are read as the machine has them, once each, without what has no files`() throws {
    let text = """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      23 22 0:5 / /proc rw - proc proc rw
      24 22 8:2 / /srv/a\\040b\\134c ro,relatime shared:2 master:3 - xfs /dev/sdb1 rw
      24 22 8:2 / /srv/a\\040b\\134c ro,relatime shared:2 master:3 - xfs /dev/sdb1 rw
      25 22 0:30 / /dev/shm rw - tmpfs tmpfs rw
      26 22 0:31 / /run rw - tmpfs tmpfs ro,size=4k
      27 22 0:32 / /var/lib/docker/x rw - ext4 /dev/sdc rw
      28 22 0:33 / /merged rw - overlay overlay rw

      """
    #expect(
      MountTable.read(Array(text.utf8).span, root: "/") == [
        Mount(device: "/dev/sda1", type: "ext4", point: "/", isReadOnly: false),
        Mount(device: "/dev/sdb1", type: "xfs", point: "/srv/a b\\c", isReadOnly: true),
        Mount(device: "tmpfs", type: "tmpfs", point: "/run", isReadOnly: true),
      ])
  }

  @Test func `the root of a container is collected although it is an overlay`() {
    let text = "1 0 0:9 / / rw - overlay overlay rw\n"
    #expect(MountTable.read(Array(text.utf8).span, root: "/")?.map(\.point) == ["/"])
  }

  @Test func `a host's mounts lose the folder in which a container sees them`() {
    let text = """
      1 0 8:1 / /host rw - ext4 /dev/sda1 rw
      2 1 8:2 / /host/home rw - ext4 /dev/sda2 rw
      3 1 8:3 / /hostile rw - ext4 /dev/sda3 rw

      """
    #expect(MountTable.read(Array(text.utf8).span, root: "/host")?.map(\.point) == ["/", "/home", "/hostile"])
  }

  @Test(arguments: ["22 1 8:1 / / rw", "22", "22 1 8:1 / / rw shared:1 -", "a b c d e f g h i"])
  func `a malformed table is refused`(text: String) {
    #expect(MountTable.read(Array(text.utf8).span, root: "/") == nil)
  }

  /// Waits for a file system until it is let go.
  private final class Gate: Sendable {
    private let isOpen = Monitor(false)
    func open() {
      isOpen.withLock { $0 = true }
      isOpen.notifyAll()
    }
    func wait() { isOpen.wait { isOpen, _, _ in isOpen ? () : nil } }
  }

  private static func name(_ outcome: FileSystemReader.Outcome) -> String {
    switch outcome {
    case .statistics: "statistics"
    case .failed(let error): error.name
    case .stuck: "stuck"
    }
  }

  @Test func `a file system that does not respond holds up no other, and is asked again when it does`() throws {
    let gate = Gate()
    let askedCount = Mutex(0)
    let reader = FileSystemReader(waitMax: .milliseconds(50)) { path in
      if path == "/hung" {
        askedCount.withLock { $0 += 1 }
        gate.wait()
      }
      if path == "/gone" { return .failure(SystemError(call: "statvfs", code: ENOENT)) }
      do throws(SystemError) {
        return .success(try FileSystemStatistics(of: "/"))
      } catch {
        return .failure(error)
      }
    }
    let paths = ["/a", "/hung", "/gone", "/b"]
    let expected = ["statistics", "stuck", "ENOENT", "statistics"]
    #expect(try reader.read(paths).map(Self.name) == expected)
    // It is not asked a second time while it hangs.
    #expect(try reader.read(paths).map(Self.name) == expected)
    #expect(askedCount.withLock { $0 } == 1)
    gate.open()
    var outcomes: [String] = []
    for _ in 0..<100 where outcomes != ["statistics", "statistics", "ENOENT", "statistics"] {
      outcomes = try reader.read(paths).map(Self.name)
      Thread.sleep(for: .milliseconds(10))
    }
    #expect(outcomes == ["statistics", "statistics", "ENOENT", "statistics"])
  }

  @Test func `a file system that cannot be asked says so`() throws {
    let fixture = try HostFixture()
    try fixture.write("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /n rw - nfs4 far:/x rw\n")
    let reader = FileSystemReader { path in
      path == "/n"
        ? .failure(SystemError(call: "statvfs", code: ESTALE))
        : Result { () throws(SystemError) in try FileSystemStatistics(of: "/") }
    }
    let collected = Collected(of: [FileSystemCollector(fixture.roots, HostFileBuffer(), reader: reader)])
    let labels = "device=\"far:/x\",fstype=\"nfs4\",mountpoint=\"/n\""
    #expect(collected.lines.contains("node_filesystem_device_error{\(labels)} 1"))
    #expect(!collected.lines.contains { $0.hasPrefix("node_filesystem_size_bytes{\(labels)}") })
    #expect(collected.lines.contains { $0.hasPrefix("node_filesystem_size_bytes{device=\"/dev/sda1\"") })
    #expect(collected.problems == ["/n cannot be read: statvfs: Stale file handle (ESTALE)"])
  }
}
