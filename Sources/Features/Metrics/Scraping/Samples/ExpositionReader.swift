import Exposition
import Series
import SeriesBytes

/// Reads pages with the parser of expositions.
struct ExpositionReader: PageReader {
  func read(_ page: [UInt8], as format: PageFormat, _ visitor: some PageVisitor) throws(PageFailure) {
    var limits = ExpositionLimits()
    // The job has limited the page already.
    limits.bodyBytesMax = page.count
    var parser = ExpositionParser(format == .openMetrics ? .openMetrics : .text, limits: limits)
    var passing = PassingVisitor(visitor: visitor)
    do throws(ExpositionError) {
      try parser.parse(page.span, into: &passing)
    } catch {
      // What the visitor refused comes before it in the page.
      throw passing.failure ?? PageFailure("\(error)")
    }
    if let failure = passing.failure { throw failure }
  }
}

/// Passes a page on until the visitor refuses it.
private struct PassingVisitor<Visitor: PageVisitor>: ExpositionVisitor {
  let visitor: Visitor
  var failure: PageFailure?
  private var key: [UInt8] = []

  init(visitor: Visitor) { self.visitor = visitor }

  mutating func visit(_ family: ExpositionFamily) {
    guard failure == nil else { return }
    // The numbers of both are those of remote write.
    let kind = MetricMetadata.Kind(rawValue: family.type.rawValue) ?? .unknown
    do throws(PageFailure) {
      try visitor.family(MetricMetadata(family: family.name, kind: kind, unit: family.unit, help: family.help))
    } catch {
      failure = error
    }
  }

  mutating func visit(_ sample: borrowing ExpositionSample) {
    guard failure == nil else { return }
    // Names and values with a byte between them that no UTF-8 text has. The labels are sorted.
    key.removeAll(keepingCapacity: true)
    for label in sample.labels {
      key += sample.bytes[label.name]
      key.append(0xff)
      key += sample.bytes[label.value]
      key.append(0xff)
    }
    let bytes = sample.bytes
    let labels = sample.labels
    var page = PageSample(key: key, value: sample.value, time: sample.time)
    if let exemplar = sample.exemplar {
      page.exemplar = PageExemplar(
        labels: Self.labels(sample.exemplarLabels, in: bytes), value: exemplar.value, time: exemplar.time)
    }
    do throws(PageFailure) {
      try visitor.sample(page) { Self.labels(labels, in: bytes) }
    } catch {
      failure = error
    }
  }

  private static func labels(_ ranges: [LabelRange], in bytes: [UInt8]) -> LabelSet {
    LabelSet(
      sorted: ranges.map { label in
        Label(String(decoding: bytes[label.name], as: UTF8.self), String(decoding: bytes[label.value], as: UTF8.self))
      })
  }
}
