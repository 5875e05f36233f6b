import Collection
import SeriesBytes

/// What disks read and write: `/proc/diskstats`.
final class DiskCollector: Collector {
  let name = "diskstats"
  private let file: HostFile

  /// A column of the file, and the unit that it is counted in.
  private struct Column {
    let family: CollectedFamily
    let unit: Double

    init(_ name: String, _ help: String, _ type: FamilyType = .counter, unit: Double = 1) {
      family = CollectedFamily("node_disk_\(name)", type, help, labelNames: ["device"])
      self.unit = unit
    }
  }

  private static let sectorBytes = 512.0
  private static let millisecond = 0.001

  /// In the order of the file (Documentation/admin-guide/iostats.rst of Linux).
  private static let columns = [
    Column("reads_completed_total", "Reads that were completed."),
    Column("reads_merged_total", "Reads that were merged with others."),
    Column("read_bytes_total", "Bytes that were read.", unit: sectorBytes),
    Column("read_time_seconds_total", "Time that reads took, added up.", unit: millisecond),
    Column("writes_completed_total", "Writes that were completed."),
    Column("writes_merged_total", "Writes that were merged with others."),
    Column("written_bytes_total", "Bytes that were written.", unit: sectorBytes),
    Column("write_time_seconds_total", "Time that writes took, added up.", unit: millisecond),
    Column("io_now", "Requests in progress.", .gauge),
    Column("io_time_seconds_total", "Time in which there were requests in progress.", unit: millisecond),
    Column("io_time_weighted_seconds_total", "The same, times the requests in progress.", unit: millisecond),
    Column("discards_completed_total", "Discards that were completed."),
    Column("discards_merged_total", "Discards that were merged with others."),
    Column("discarded_sectors_total", "Sectors that were discarded."),
    Column("discard_time_seconds_total", "Time that discards took, added up.", unit: millisecond),
    Column("flush_requests_total", "Flushes that were completed."),
    Column("flush_requests_time_seconds_total", "Time that flushes took, added up.", unit: millisecond),
  ]

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) { file = HostFile("\(roots.proc)/diskstats", buffer) }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let text = try file.read()
    var scanner = TextScanner(text.span)
    var isWhole = true
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard scanner.word() != nil else { continue }
      guard scanner.word() != nil, let device = scanner.word() else {
        isWhole = false
        continue
      }
      if Self.isLeftOut(scanner.bytes(device)) { continue }
      for column in Self.columns {
        // Old kernels have fewer columns.
        guard let word = scanner.word() else { break }
        guard let value = KernelNumber.integer(scanner.bytes(word)) else {
          isWhole = false
          break
        }
        collected.append(column.family, scanner.bytes(device), Double(value) * column.unit)
      }
    }
    if !isWhole { collected.note(file.malformed) }
  }

  /// What node_exporter leaves out by default: partitions, RAM disks, loops and floppies,
  /// `^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`.
  static func isLeftOut(_ device: Span<UInt8>) -> Bool {
    var end = device.count
    while end > 0, isDigit(device[end - 1]) { end -= 1 }
    guard end < device.count else { return false }
    for name: StaticString in ["ram", "loop", "fd"] where isName(device, 0..<end, name) { return true }
    for name: StaticString in ["hd", "sd", "vd", "xvd"] {
      let count = name.utf8CodeUnitCount
      if end == count + 1, isName(device, 0..<count, name), isLetter(device[count]) { return true }
    }
    return isNVMePartition(device, end)
  }

  /// Whether what is before the last number is `nvme<number>n<number>p`.
  private static func isNVMePartition(_ device: Span<UInt8>, _ end: Int) -> Bool {
    guard end > 4, isName(device, 0..<4, "nvme"), device[end - 1] == UInt8(ascii: "p") else { return false }
    var at = 4
    for terminator in [UInt8(ascii: "n"), UInt8(ascii: "p")] {
      let begin = at
      while at < end, isDigit(device[at]) { at += 1 }
      guard at > begin, at < end, device[at] == terminator else { return false }
      at += 1
    }
    return at == end
  }

  private static func isName(_ device: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
    guard range.count == name.utf8CodeUnitCount, range.upperBound <= device.count else { return false }
    for index in range {
      // SAFETY: the index is less than the count of the constant's bytes.
      guard unsafe device[index] == name.utf8Start[index - range.lowerBound] else { return false }
    }
    return true
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  private static func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
}
