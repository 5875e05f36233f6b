/// A growable array of plain values in its own aligned memory, the building block of every column.
///
/// The state sits behind a pointer that never changes, so appends through a shared column cost neither reference
/// counting nor run-time exclusivity checks. Memory is 64-byte aligned, as the Arrow columnar format recommends
/// (https://arrow.apache.org/docs/format/Columnar.html, "Buffer Alignment and Padding"). Not safe to use from two
/// threads at once; the owner hands a block from one thread to the next.
///
/// Columns and the protobuf reader are `public` where the rest of the package says `package`: Swift 6.3 inlines
/// `@inlinable public` code into other modules, but not `@inlinable package` code. What it
/// is worth is in docs/adr/0008-otlp-into-columns.md.
@safe
public final class GrowableBuffer<Element: BitwiseCopyable> {
  /// Where the elements are, and how many.
  @unsafe
  public struct State {
    @usableFromInline var base: UnsafeMutablePointer<Element>
    @usableFromInline var count: Int
    @usableFromInline var capacity: Int

    @inlinable
    init(base: UnsafeMutablePointer<Element>, count: Int, capacity: Int) {
      unsafe self.base = base
      unsafe self.count = count
      unsafe self.capacity = capacity
    }
  }

  @usableFromInline let state: UnsafeMutablePointer<State>

  /// Makes an empty buffer with room for some elements.
  @inlinable
  public init(capacity: Int = 64) {
    unsafe state = .allocate(capacity: 1)
    let capacity = max(capacity, 64)
    unsafe state.initialize(to: State(base: Self.allocate(capacity), count: 0, capacity: capacity))
  }

  deinit {
    // SAFETY: both pointers came from allocate and are released once, here.
    unsafe UnsafeMutableRawPointer(state.pointee.base).deallocate()
    unsafe state.deallocate()
  }

  /// Memory for some elements.
  @inlinable
  public static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Element> {
    unsafe UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Element>.stride, alignment: 64)
      .bindMemory(to: Element.self, capacity: capacity)
  }

  /// Elements that were appended.
  @inlinable
  public var count: Int { unsafe state.pointee.count }

  /// The first element; valid until the next append that grows the buffer.
  @inlinable
  public var base: UnsafeMutablePointer<Element> { unsafe state.pointee.base }

  /// The element at an index, which MUST be below ``count``.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) of \(count)")
      // SAFETY: the index is checked above.
      return unsafe state.pointee.base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) of \(count)")
      // SAFETY: the index is checked above.
      unsafe state.pointee.base[index] = newValue
    }
  }

  /// Appends an element.
  @inlinable
  @inline(__always)
  public func append(_ element: Element) {
    let count = unsafe state.pointee.count
    if unsafe count == state.pointee.capacity { grow(toHold: count + 1) }
    // SAFETY: there is room for one more element.
    unsafe state.pointee.base[count] = element
    unsafe state.pointee.count = count + 1
  }

  /// Appends some elements of one value.
  @inlinable
  public func append(repeating element: Element, count added: Int) {
    let target = unsafe reserve(added)
    // SAFETY: reserve made room for this many.
    unsafe target.initialize(repeating: element, count: added)
    commit(added)
  }

  /// Appends a copy of memory that holds `added` elements, of any alignment.
  @inlinable
  public func append(copying source: UnsafeRawPointer, count added: Int) {
    let target = unsafe reserve(added)
    // SAFETY: reserve made room for this many, and the source is not part of this buffer.
    unsafe UnsafeMutableRawPointer(target).copyMemory(
      from: source, byteCount: added * MemoryLayout<Element>.stride)
    commit(added)
  }

  /// Makes room after the last element and returns where it starts.
  ///
  /// What is written counts after `commit`.
  @inlinable
  @inline(__always)
  public func reserve(_ added: Int) -> UnsafeMutablePointer<Element> {
    let count = unsafe state.pointee.count
    if unsafe added > state.pointee.capacity &- count { grow(toHold: count + added) }
    return unsafe state.pointee.base + count
  }

  /// Counts elements that were written after the last one, into room that `reserve` made.
  @inlinable
  @inline(__always)
  public func commit(_ added: Int) {
    unsafe state.pointee.count &+= added
    unsafe assert(state.pointee.count <= state.pointee.capacity)
  }

  /// Drops the elements from `count` on; the memory stays.
  @inlinable
  public func truncate(to count: Int) {
    unsafe precondition(count >= 0 && count <= state.pointee.count, "cannot truncate \(self.count) to \(count)")
    unsafe state.pointee.count = count
  }

  /// Bytes of memory held.
  public var reservedBytes: Int { unsafe state.pointee.capacity * MemoryLayout<Element>.stride }

  /// Drops everything; keeps memory up to a limit, so one huge request does not stay for good.
  public func removeAll(keepingBytesMax: Int) {
    unsafe state.pointee.count = 0
    guard reservedBytes > max(keepingBytesMax, 64 * MemoryLayout<Element>.stride) else { return }
    // SAFETY: the memory came from allocate and nothing points into it now that the buffer is empty.
    unsafe UnsafeMutableRawPointer(state.pointee.base).deallocate()
    unsafe state.pointee.base = Self.allocate(64)
    unsafe state.pointee.capacity = 64
  }

  /// Grows by doubling, so appends cost amortised constant time.
  @inline(never)
  public func grow(toHold needed: Int) {
    let capacity = unsafe max(needed, state.pointee.capacity * 2)
    let base = unsafe Self.allocate(capacity)
    // SAFETY: the new memory is larger than the old and does not overlap it.
    unsafe base.update(from: state.pointee.base, count: state.pointee.count)
    unsafe UnsafeMutableRawPointer(state.pointee.base).deallocate()
    unsafe state.pointee.base = base
    unsafe state.pointee.capacity = capacity
  }
}

extension GrowableBuffer: @unchecked Sendable {}  // One owner at a time: a loop fills it, then a writer exports it.
