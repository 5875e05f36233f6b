import Engine
import Feature
import Features
import Glibc
import Schema
import Telemetry
import Testing

/// Goal: the text of the steps is what it says it is.
@Suite struct SchemaFileTests {
  private static let root = String(#filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined())

  /// The names of the files of a feature's steps.
  private static func files(of feature: any FeatureDeclaration.Type) -> [String] {
    let name = feature.name.prefix(1).uppercased() + feature.name.dropFirst()
    guard let folder = unsafe opendir("\(root)/Sources/Features/\(name)/\(name)Tables/Steps") else { return [] }
    defer { unsafe closedir(folder) }
    var files: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name.hasSuffix(".sql") { files.append(String(name.dropLast(4))) }
    }
    return files.sorted()
  }

  @Test func `every file of a feature is a step of its name`() {
    for feature in Features.all {
      let steps = feature.schemaSteps
      #expect(Self.files(of: feature) == steps.map(\.name), "\(feature.name)")
      for (index, step) in steps.enumerated() {
        #expect(step.number == UInt32(index + 1))
        let prefix = "\(feature.name)-\(String(10_000 + step.number).dropFirst())-"
        #expect(step.name.hasPrefix(prefix), "\(step.name)")
      }
    }
    #expect(!Features.schema.steps.isEmpty)
  }

  @Test func `views compute what readers take for the same`() throws {
    let statements = Features.schema.steps.flatMap(\.statements)
    let buckets = statements.filter { $0.contains("AS duration_bucket") }
    #expect(buckets.count == 4)
    for statement in buckets {
      #expect(statement.contains(DurationBucket.sql(of: "s.duration_ns") + " AS duration_bucket"))
    }
    let view = try #require(statements.last { $0.contains(" VIEW IF NOT EXISTS spans_with_attributes ") })
    func bare(_ text: String) -> String { text.filter { !$0.isWhitespace } }
    #expect(bare(view).contains(bare(PromotedAttributeSQL.allAttributes) + "ASall_attributes"))
    #expect(bare(view).contains(bare(PromotedAttributeSQL.allAttributeTypes) + "ASall_attribute_types"))
  }
}
