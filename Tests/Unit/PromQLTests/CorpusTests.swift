import Glibc
import PromQL
import Series
import Testing

/// Queries of Prometheus' own tests, where they are beside the repository.
@Suite(.enabled(if: Corpus.isThere, "\(Corpus.folder) is not there"))
struct CorpusTests {
  /// Queries that are no PromQL, or break a rule that the parser checks.
  private static let wrong: Set = ["{__name__=~\".*\"}", "test +"]

  @Test(arguments: ["promql", "promtool"])
  func `exactly the right queries parse`(folder: String) throws {
    let parser = PromQLParser(patterns: TestPatterns())
    for query in try Corpus.queries(in: folder) {
      let isRight = (try? parser.parse(query)) != nil
      #expect(isRight != Self.wrong.contains(query), "\(query)")
    }
  }

  @Test(arguments: ["promql", "promtool"])
  func `a printed query parses to the same tree`(folder: String) throws {
    let parser = PromQLParser(patterns: TestPatterns())
    for query in try Corpus.queries(in: folder) where !Self.wrong.contains(query) {
      let expression = try parser.parse(query)
      for text in [expression.description, expression.formatted(), expression.formatted(lineBytesMax: 10)] {
        let again = try parser.parse(text)
        #expect(again.description == expression.description, "\(query)")
        #expect(again.tree.withSortedMatchers == expression.tree.withSortedMatchers, "\(query)")
      }
    }
  }

  @Test func `the corpus has as many queries as were counted in it`() throws {
    #expect(try Corpus.queries(in: "promql").count > 1_500)
    #expect(try Corpus.queries(in: "promtool").count > 20)
  }
}

/// The files of Prometheus' tests.
enum Corpus {
  static let folder = #filePath.split(separator: "/").dropLast(5).reduce("") { $0 + "/" + $1 } + "/shared/corpora"

  static var isThere: Bool { unsafe access("\(folder)/promql/operators.test", R_OK) == 0 }

  /// Every query, once.
  static func queries(in name: String) throws -> [String] {
    var queries: Set<String> = []
    for file in try names(in: "\(folder)/\(name)") {
      let lines = try String(decoding: bytes(of: "\(folder)/\(name)/\(file)"), as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false)
      if file.hasSuffix(".test") { queries.formUnion(lines.compactMap(evaluation)) }
      if file.hasSuffix(".yml") { queries.formUnion(lines.compactMap(member).flatMap(variants)) }
    }
    return queries.sorted()
  }

  /// The query of `eval instant at 5m …` and `eval range from 0 to 5m step 1m …`.
  private static func evaluation(_ line: Substring) -> String? {
    let line = line.drop { $0 == " " || $0 == "\t" }
    guard line.hasPrefix("eval") else { return nil }
    let words = line.split(separator: " ", maxSplits: 8)
    let skipped = words.count > 1 && words[1] == "range" ? 8 : 4
    return line.split(separator: " ", maxSplits: skipped).last.map { String($0.drop { $0 == " " }) }
  }

  /// The value of `expr:` or `query:`.
  private static func member(_ line: Substring) -> String? {
    let text = line.drop { $0 == " " || $0 == "-" }
    guard let name = ["expr: ", "query: "].first(where: { text.hasPrefix($0) }) else { return nil }
    let value = text.dropFirst(name.utf8.count)
    guard let quote = value.first, quote == "'" || quote == "\"" else { return String(value) }
    return String(value.dropFirst().dropLast())
  }

  private static let arguments: [(name: String, values: [String])] = [
    ("range", ["1s", "15s", "1m", "5m", "15m", "1h"]), ("offset", ["1m", "5m", "10m"]),
    ("simpleAggrOp", ["sum", "avg", "max", "min", "count", "stddev", "stdvar"]), ("topBottomOp", ["topk", "bottomk"]),
    ("quantile", ["-0.5", "0.1", "0.5", "0.75", "0.95", "0.90", "0.99", "1", "1.5"]),
    ("arithBinOp", ["+", "-", "*", "/", "%", "^"]), ("compBinOp", ["==", "!=", "<", ">", "<=", ">="]),
    ("binOp", ["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">="]),
    ("simpleTimeAggrOp", ["sum", "avg", "max", "min", "count", "stddev", "stdvar", "absent", "last"]),
    ("simpleMathFunc", ["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round"]),
    ("extrapolatedRateFunc", ["delta", "rate", "increase"]), ("clampFunc", ["clamp_min", "clamp_max"]),
    ("instantRateFunc", ["idelta", "irate"]),
    ("dateFunc", ["day_of_month", "day_of_week", "days_in_month", "hour", "minute", "month", "year"]),
  ]

  /// The query with each of the values of the arguments in it.
  private static func variants(_ query: String) -> [String] {
    for (name, values) in arguments where query.contains("{{.\(name)}}") {
      return values.flatMap { variants(query.replacing("{{.\(name)}}", with: $0)) }
    }
    return [query]
  }

  private static func names(in path: String) throws -> [String] {
    let directory = unsafe try #require(unsafe opendir(path))
    defer { unsafe closedir(directory) }
    var names: [String] = []
    // SAFETY: the entry is valid until the next call of readdir; its name ends in zero.
    while let entry = unsafe readdir(directory) {
      unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe names.append(String(cString: $0)) }
      }
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

extension SyntaxTreeValue {
  /// Printing sorts matchers; their order has no meaning.
  var withSortedMatchers: SyntaxTreeValue {
    switch self {
    case .array(let values): .array(values.map(\.withSortedMatchers))
    case .object(let members):
      .object(
        members.map { member in
          guard member.name == "matchers", case .array(let matchers) = member.value else {
            return Member(name: member.name, value: member.value.withSortedMatchers)
          }
          return Member(name: member.name, value: .array(matchers.sorted { "\($0)" < "\($1)" }))
        })
    default: self
    }
  }
}
