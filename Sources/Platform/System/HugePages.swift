import Glibc

/// Memory that is read at random places: with pages of 2 MiB the processor finds them without walking the page tables.
package enum HugePages {
  /// What memory has to be aligned to, and the least for which it is worth it.
  package static let byteCount = 2 << 20

  /// Asks the kernel to back memory with huge pages.
  ///
  /// It may not have any; nothing depends on it.
  package static func ask(for memory: UnsafeMutableRawPointer, byteCount: Int) {
    // SAFETY: advice changes no content, and the memory is the caller's.
    _ = unsafe madvise(memory, byteCount, MADV_HUGEPAGE)
  }
}
