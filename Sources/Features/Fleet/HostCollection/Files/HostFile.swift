import Collection
import System

/// A buffer that the files of one thread are read into, one after the other.
final class HostFileBuffer {
  /// No file of the kernel that is read here is larger: /proc/stat of 4,096 cores has 600 KiB.
  static let sizeMax = 8 << 20

  var bytes: [UInt8] = []
}

/// A file of the kernel that is read again and again: it stays open, and is made anew by the kernel with every read.
final class HostFile {
  let path: String
  private let buffer: HostFileBuffer
  private var descriptor: FileDescriptor?

  init(_ path: String, _ buffer: HostFileBuffer) {
    self.path = path
    self.buffer = buffer
  }

  /// Its bytes at present.
  ///
  /// They MUST NOT be kept over the next read of a file with the same buffer, which would copy them.
  func read() throws(CollectionProblem) -> HostFileText {
    do throws(SystemError) {
      if descriptor == nil { descriptor = try File.open(path, isWaiting: false) }
      let count = try descriptor?.readAll(into: &buffer.bytes, sizeMax: HostFileBuffer.sizeMax) ?? 0
      return HostFileText(bytes: buffer.bytes, count: count)
    } catch {
      // What it was may be gone, e.g. a device, and another in its place.
      descriptor = nil
      throw CollectionProblem(path, .system(error))
    }
  }

  /// The problem of a file whose content is not in the form that is known.
  var malformed: CollectionProblem { CollectionProblem(path, .malformed) }
}

/// What was read from a file.
struct HostFileText {
  private let bytes: [UInt8]
  private let count: Int

  init(bytes: [UInt8], count: Int) {
    self.bytes = bytes
    self.count = count
  }

  var span: Span<UInt8> {
    @_lifetime(borrow self)
    get { bytes.span.extracting(..<count) }
  }

  /// Without white space at both ends.
  var trimmed: Range<Int> {
    var (begin, end) = (0, count)
    while begin < end, bytes[begin] <= UInt8(ascii: " ") { begin += 1 }
    while end > begin, bytes[end - 1] <= UInt8(ascii: " ") { end -= 1 }
    return begin..<end
  }

  /// The number that it is; nil where it is anything else.
  var number: Double? { KernelNumber.number(span.extracting(trimmed)) }

  var string: String { String(decoding: bytes[trimmed], as: UTF8.self) }
}
