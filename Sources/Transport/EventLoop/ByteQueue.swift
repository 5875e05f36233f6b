/// Bytes appended at one end and taken off at the other, in one piece of memory.
///
/// No reference counting.
@safe
package struct ByteQueue: ~Copyable {
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0
  private var start = 0
  private var end = 0

  package init() { unsafe base = nil }

  deinit { unsafe base?.deallocate() }

  package var count: Int { end - start }
  package var isEmpty: Bool { end == start }

  /// The bytes, oldest first; valid until the next call that changes the queue.
  package var bytes: UnsafeRawBufferPointer {
    guard let base = unsafe base else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    // SAFETY: start and end lie within the capacity of base.
    return unsafe UnsafeRawBufferPointer(start: base + start, count: end - start)
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    let room = unsafe reserve(bytes.count)
    // SAFETY: reserve made room for this many bytes after end.
    unsafe room.copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  package mutating func append(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe append($0) }
  }

  package mutating func append(_ bytes: ArraySlice<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe append($0) }
  }

  package mutating func append(_ text: StaticString) {
    // SAFETY: the text of a static string lives as long as the program.
    unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Lends room for this many bytes; the closure returns how many it wrote.
  package mutating func append(countMax: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    let room = unsafe UnsafeMutableRawBufferPointer(start: reserve(countMax), count: countMax)
    let written = unsafe body(room)
    precondition(written >= 0 && written <= countMax, "\(written) bytes were written to room for \(countMax)")
    end += written
  }

  /// Takes bytes off the front.
  package mutating func removeFirst(_ byteCount: Int) {
    precondition(byteCount >= 0 && byteCount <= count, "cannot take \(byteCount) of \(count) bytes")
    start += byteCount
    if start == end {
      start = 0
      end = 0
    }
  }

  /// Drops every byte, and the memory too when it is more than a size.
  package mutating func removeAll(retainedBytesMax: Int = 0) {
    start = 0
    end = 0
    if capacity > retainedBytesMax {
      unsafe base?.deallocate()
      unsafe base = nil
      capacity = 0
    }
  }

  /// A copy of the bytes.
  package func array() -> [UInt8] { unsafe [UInt8](bytes) }

  private mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if let base = unsafe base {
      if capacity - end >= byteCount { return unsafe base + end }
      if start > 0, start >= capacity / 2, capacity - count >= byteCount {
        // SAFETY: moves the live bytes to the front of the same memory; overlap is allowed.
        unsafe base.copyMemory(from: base + start, byteCount: count)
        end -= start
        start = 0
        return unsafe base + end
      }
    }
    let grown = max(512, capacity * 2, (count + byteCount).nextPowerOfTwo)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    if let base = unsafe base {
      // SAFETY: the new memory is larger than the live bytes; the old memory is released once.
      unsafe memory.copyMemory(from: base + start, byteCount: count)
      unsafe base.deallocate()
    }
    end -= start
    start = 0
    capacity = grown
    unsafe base = memory
    return unsafe memory + end
  }
}

extension Int {
  /// The smallest power of two that is not less.
  fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
