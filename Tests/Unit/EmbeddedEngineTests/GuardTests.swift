import EmbeddedEngine
import Synchronization
import System
import Testing

@Suite struct `The disk guard` {
  @Test func `refuses below its limit and takes rows again by itself`() throws {
    let free = Atomic<Int>(500)
    let clock = Atomic<Int64>(0)
    let guarded = DiskGuard(
      folder: "/", freeBytesMin: 1000,
      measure: { _ in FileSystemSpace(freeBytes: free.load(ordering: .relaxed), totalBytes: 9000, isReadOnly: false) },
      now: { Instant(nanoseconds: clock.load(ordering: .relaxed)) })
    #expect(guarded.refusal?.contains("almost full") == true)
    free.store(2000, ordering: .relaxed)
    #expect(guarded.refusal != nil, "asked again too soon")
    clock.add(1_000_000_000, ordering: .relaxed)
    #expect(guarded.refusal == nil)
    #expect(guarded.freeBytes == 2000)
  }

  @Test func `says when the folder is read-only or gone`() {
    let readOnly = DiskGuard(
      folder: "/", freeBytesMin: 1,
      measure: { _ in FileSystemSpace(freeBytes: 5, totalBytes: 9, isReadOnly: true) })
    #expect(readOnly.refusal?.contains("read-only") == true)
    let gone = DiskGuard(folder: "/does/not/exist", freeBytesMin: 1)
    #expect(gone.refusal?.contains("cannot be examined") == true)
  }
}
