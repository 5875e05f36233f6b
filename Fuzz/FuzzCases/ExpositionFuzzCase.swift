import Exposition
import SeriesBytes

/// Properties of the parser of expositions: it never traps, labels are sorted and each name is there once, and a
/// mistake lies in the text.
package enum ExpositionFuzzCase {
  package static func run(_ input: [UInt8]) {
    for format in ExpositionFormat.allCases {
      var parser = ExpositionParser(format, isStrict: true)
      var checker = Checker()
      do throws(ExpositionError) {
        try parser.parse(input.span, into: &checker)
      } catch {
        let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        precondition((1...lines.count).contains(error.line), "\(error) in \(lines.count) lines")
        precondition((1...lines[error.line - 1].count + 1).contains(error.column), "\(error) is beyond its line")
      }
    }
  }

  private struct Checker: ExpositionVisitor {
    mutating func visit(_ family: ExpositionFamily) { precondition(!family.name.isEmpty, "a family without a name") }

    mutating func visit(_ sample: borrowing ExpositionSample) {
      let bytes = sample.bytes
      precondition(!sample.name.isEmpty, "a sample without a name")
      for labels in [sample.labels, sample.exemplarLabels] {
        for label in labels { precondition(!label.value.isEmpty, "a label without a value") }
        for (label, next) in zip(labels, labels.dropFirst()) {
          precondition(bytes[label.name].lexicographicallyPrecedes(bytes[next.name]), "labels are not sorted")
        }
      }
    }
  }
}
