import CSystemShims

/// Memory that counts as the process's though nothing of it is in use.
package enum ResidentMemory {
  /// Has threads share a few heaps, for a program with many threads that allocate little; before they begin.
  ///
  /// glibc otherwise gives each thread one, up to eight for each processor. Nothing depends on it.
  package static func limitHeaps(to count: Int) { _ = CSystemShims_limit_heaps(Int32(clamping: count)) }

  /// Gives back what only the start of the program has needed: code and constants, and free memory of the heaps.
  ///
  /// What is used comes back from the page cache.
  package static func releaseStart() {
    CSystemShims_release_code(nil)
    _ = CSystemShims_trim_heap()
  }

  /// Gives back the code and constants of one library that only its start has needed.
  ///
  /// - Parameter address: one in the library, which stays loaded.
  package static func releaseCode(ofLibraryWith address: UnsafeRawPointer) {
    // SAFETY: the address is only compared.
    unsafe CSystemShims_release_code(address)
  }
}
