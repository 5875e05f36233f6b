import Configuration
import Features
import Glibc
import Testing

struct ConfigurationReferenceTests {
  private static let reference = ConfigurationReference(Features.settings)

  /// The root of the repository.
  private static let root = String(#filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined())

  private static func read(_ path: String) -> String? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += buffer[..<count]
    }
  }

  @Test(arguments: [
    ("docs/configuration.md", reference.markdown()),
    ("axonize.yaml", reference.exampleFile()),
    (".env.example", reference.exampleEnvironment()),
  ])
  func `the documents are those of the declarations`(path: String, text: String) {
    let path = Self.root + "/" + path
    if unsafe getenv("AXONIZE_UPDATE_SNAPSHOTS") != nil, let file = unsafe fopen(path, "w") {
      unsafe fputs(text, file)
      unsafe fclose(file)
    }
    #expect(Self.read(path) == text, "run this test with AXONIZE_UPDATE_SNAPSHOTS=1 and look at the difference")
  }

  @Test func `the example file with every line taken in gives the defaults`() throws {
    let lines = Self.reference.exampleFile().split(separator: "\n").map { line -> Substring in
      let isValue =
        line.hasPrefix("# ")
        && line.dropFirst(2).trimmingPrefix(while: { $0 == " " })
          .prefix { $0 != ":" }.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }
        && line.contains(":")
      return isValue ? line.dropFirst(2) : line
    }
    let text = lines.joined(separator: "\n")
    let loader = ConfigurationLoader(Features.settings, environment: [:]) { path in
      path == "axonize.yaml" ? Array(text.utf8) : nil
    }
    let configuration = try loader.load()
    for declaration in Features.settings.all {
      #expect(configuration[declaration].text == declaration.defaultText)
      #expect(configuration[declaration].origin != .default, "\(declaration.key)")
    }
  }
}
