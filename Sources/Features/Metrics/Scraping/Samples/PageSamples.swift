import Series

/// What became of the samples of a page.
struct PageCounts: Sendable, Hashable {
  /// Samples of the page.
  var scraped = 0
  /// Those that relabelling left.
  var kept = 0
  /// Series that the pages before did not have.
  var added = 0
  /// Samples that lost their name or all labels in relabelling.
  var nameless = 0
  /// Samples of a series that the page had already.
  var repeated = 0
  /// Where to look: the text of a sample of each kind.
  var namelessExample: String?
  var repeatedExample: String?

  /// What is wrong although the page is stored; nil for nothing.
  var warning: String? {
    var parts: [String] = []
    if let namelessExample {
      parts.append(
        "metric_relabel_configs removed the name or every label of \(nameless) samples, e.g. of '\(namelessExample)'; "
          + "they are not stored")
    }
    if let repeatedExample {
      parts.append("the page has \(repeated) samples of series that it had already, e.g. '\(repeatedExample)'")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

/// Turns a page into samples of its target.
final class PageSamples: PageVisitor {
  /// When the scrape began, in milliseconds since 1970.
  private let time: Int64
  private let job: ScrapeJob
  private let labels: SampleLabels
  var cache: SeriesCache
  var samples = ScrapedSamples()
  var counts = PageCounts()
  /// Metadata by family that the store has.
  var metadata: [String: MetricMetadata]

  init(
    time: Int64, job: ScrapeJob, labels: SampleLabels, cache: SeriesCache, metadata: [String: MetricMetadata]
  ) {
    self.time = time
    self.job = job
    self.labels = labels
    self.cache = cache
    self.metadata = metadata
  }

  /// Samples of a page, whatever its job says; 50 MB have about half as many.
  static let sampleCountMax = 1_000_000
  /// Bytes of a sample that a message shows.
  private static let exampleBytesMax = 120

  func family(_ family: MetricMetadata) throws(PageFailure) {
    guard metadata[family.family] != family else { return }
    metadata[family.family] = family
    samples.metadata.append(family)
  }

  func sample(_ sample: PageSample, labels read: () -> LabelSet) throws(PageFailure) {
    counts.scraped += 1
    guard counts.scraped <= Self.sampleCountMax else {
      throw PageFailure("the page has more than \(Self.sampleCountMax) samples")
    }
    let meaning: SeriesCache.Meaning
    if let known = cache.meaning(sample.key) {
      meaning = known
    } else {
      meaning = try cache.add(sample.key, try labels.apply(read()))
      if case .series = meaning { counts.added += 1 }
    }
    switch meaning {
    case .dropped: return
    case .nameless:
      counts.nameless += 1
      if counts.namelessExample == nil { counts.namelessExample = Self.text(read()) }
    case .series(let number): try keep(number, sample, read)
    }
  }

  private func keep(_ number: Int, _ sample: PageSample, _ read: () -> LabelSet) throws(PageFailure) {
    let own = job.honorsTimestamps ? sample.time : nil
    let isFirst = cache.see(number, isTracked: own == nil || job.tracksTimestampsStaleness)
    guard isFirst || own != nil else {
      counts.repeated += 1
      if counts.repeatedExample == nil { counts.repeatedExample = Self.text(read()) }
      return
    }
    counts.kept += 1
    let limit = job.limits.sampleCountMax
    guard limit == 0 || counts.kept <= limit else {
      throw PageFailure("the page has more samples than the sample_limit of \(limit)")
    }
    samples.append(cache.labels(number), own ?? time, sample.value)
    // Most pages show an exemplar until there is a newer one.
    if let exemplar = sample.exemplar, cache.see(exemplar, of: number) {
      samples.exemplars.append(
        ScrapedExemplar(
          series: cache.labels(number), labels: exemplar.labels, value: exemplar.value,
          time: exemplar.time ?? own ?? time))
    }
  }

  private static func text(_ labels: LabelSet) -> String {
    String(decoding: labels.description.utf8.prefix(exampleBytesMax), as: UTF8.self)
  }
}
