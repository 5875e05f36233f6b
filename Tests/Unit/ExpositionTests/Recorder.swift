import SeriesBytes

@testable import Exposition

/// What a parser handed over, as texts.
struct Recorder: ExpositionVisitor {
  var families: [ExpositionFamily] = []
  /// As `{__name__=up,job=a} 1.0 @5 # {trace=x} 0.5 @6`.
  var samples: [String] = []
  /// Families and samples by name, in the order in which they came.
  var order: [String] = []

  mutating func visit(_ family: ExpositionFamily) {
    families.append(family)
    order.append("family \(family.name)")
  }

  mutating func visit(_ sample: borrowing ExpositionSample) {
    let bytes = sample.bytes
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    func text(_ labels: [LabelRange]) -> String {
      "{\(labels.map { "\(text($0.name))=\(text($0.value))" }.joined(separator: ","))}"
    }
    func at(_ time: Int64?) -> String { time.map { " @\($0)" } ?? "" }
    var line = "\(text(sample.labels)) \(sample.value)\(at(sample.time))"
    if let exemplar = sample.exemplar {
      line += " # \(text(sample.exemplarLabels)) \(exemplar.value)\(at(exemplar.time))"
    }
    samples.append(line)
    order.append(text(sample.name))
  }
}

/// Parses a text whole.
func record(
  _ text: [UInt8], _ format: ExpositionFormat, limits: ExpositionLimits = ExpositionLimits(), isStrict: Bool = true
) throws(ExpositionError) -> Recorder {
  var recorder = Recorder()
  var parser = ExpositionParser(format, limits: limits, isStrict: isStrict)
  try parser.parse(text.span, into: &recorder)
  return recorder
}

func record(
  _ text: String, _ format: ExpositionFormat, limits: ExpositionLimits = ExpositionLimits(), isStrict: Bool = true
) throws(ExpositionError) -> Recorder {
  try record(Array(text.utf8), format, limits: limits, isStrict: isStrict)
}
