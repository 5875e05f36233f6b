import FuzzCases
import Glibc
import Testing

@Suite struct ReplayTests {
  @Test(arguments: FuzzCase.all.map(\.area))
  func `every finding of the fuzzer keeps the properties now`(area: String) throws {
    let fuzzCase = try #require(FuzzCase.all.first { $0.area == area })
    let directory = Self.repository + "/Fuzz/FailCases/" + area
    for name in try Self.names(in: directory) {
      fuzzCase.run(try Self.bytes(of: "\(directory)/\(name)"))
    }
  }

  @Test(arguments: FuzzCase.all.map(\.area))
  func `every seed keeps the properties`(area: String) throws {
    let fuzzCase = try #require(FuzzCase.all.first { $0.area == area })
    let directory = Self.repository + "/Fuzz/Seeds/" + area
    for name in try Self.names(in: directory) { fuzzCase.run(try Self.bytes(of: "\(directory)/\(name)")) }
  }

  @Test(arguments: FuzzCase.all.map(\.area))
  func `inputs of every length and pattern keep the properties`(area: String) throws {
    let fuzzCase = try #require(FuzzCase.all.first { $0.area == area })
    for count in 0..<64 {
      for pattern in [UInt8](arrayLiteral: 0, 0x0a, 0x0d, 0x20, 0x3a, 0x7b, 0xff) {
        fuzzCase.run([UInt8](repeating: pattern, count: count))
      }
    }
  }

  private static let repository = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

  /// The files of a directory; none when it is not there, as nothing was ever found.
  private static func names(in path: String) throws -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    // SAFETY: the entry is valid until the next call of readdir; its name ends in zero.
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    let file = unsafe try #require(unsafe fopen(path, "r"))
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = unsafe fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return bytes
  }
}
