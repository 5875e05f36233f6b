import Synchronization

/// The metrics of a process: families by name, each a set of series identified by labels.
///
/// Instruments are made once at start-up and kept by who uses them; using one never touches the registry. Names follow
/// Prometheus: `axonize_<what>_<unit>`, counters end in `_total`
/// (https://prometheus.io/docs/practices/naming/).
package final class MetricRegistry: Sendable {
  private let families = Mutex<[String: Family]>([:])

  private struct Family {
    let help: String
    let type: MetricType
    var series: [@Sendable () -> [MetricSeries]] = []
    var labels: Set<[MetricLabel]> = []
  }

  package init() {}

  package func counter(_ name: String, help: String, labels: [MetricLabel] = []) -> Counter {
    let counter = Counter()
    register(name, help, .counter, labels) { .integer(counter.value) }
    return counter
  }

  /// A counter whose value is read when the metrics are; the reader MUST be quick and callable from any thread.
  ///
  /// NaN says that there is no value now: the series is then left out, as Prometheus's own exporters do.
  package func counter(
    _ name: String, help: String, labels: [MetricLabel] = [], read: @escaping @Sendable () -> Double
  ) {
    register(name, help, .counter, labels) { Self.sample(read()) }
  }

  package func gauge(_ name: String, help: String, labels: [MetricLabel] = []) -> Gauge {
    let gauge = Gauge()
    register(name, help, .gauge, labels) { .number(gauge.value) }
    return gauge
  }

  /// A gauge whose value is read when the metrics are; the reader MUST be quick and callable from any thread.
  ///
  /// NaN says that there is no value now: the series is then left out, as Prometheus's own exporters do.
  package func gauge(
    _ name: String, help: String, labels: [MetricLabel] = [], read: @escaping @Sendable () -> Double
  ) {
    register(name, help, .gauge, labels) { Self.sample(read()) }
  }

  private static func sample(_ value: Double) -> MetricValue? { value.isNaN ? nil : .number(value) }

  package func histogram(
    _ name: String, help: String, labels: [MetricLabel] = [], bounds: [Double] = Histogram.requestSeconds
  ) -> Histogram {
    let histogram = Histogram(bounds: bounds)
    register(name, help, .histogram, labels) { .histogram(histogram.snapshot()) }
    return histogram
  }

  /// A histogram that somebody else keeps.
  package func histogram(
    _ name: String, help: String, labels: [MetricLabel] = [], read: @escaping @Sendable () -> HistogramSnapshot
  ) {
    register(name, help, .histogram, labels) { .histogram(read()) }
  }

  /// Counters whose label values are known only at run time.
  package func counters(
    _ name: String, help: String, labelNames: [String], seriesCountMax: Int = 200
  ) -> MetricFamily<Counter> {
    family(name, help, .counter, labelNames, seriesCountMax, make: { Counter() }, read: { .integer($0.value) })
  }

  /// Gauges whose label values are known only at run time.
  package func gauges(
    _ name: String, help: String, labelNames: [String], seriesCountMax: Int = 200
  ) -> MetricFamily<Gauge> {
    family(name, help, .gauge, labelNames, seriesCountMax, make: { Gauge() }, read: { .number($0.value) })
  }

  /// Histograms whose label values are known only at run time.
  package func histograms(
    _ name: String, help: String, labelNames: [String], bounds: [Double] = Histogram.requestSeconds,
    seriesCountMax: Int = 50
  ) -> MetricFamily<Histogram> {
    family(
      name, help, .histogram, labelNames, seriesCountMax, make: { Histogram(bounds: bounds) },
      read: { .histogram($0.snapshot()) })
  }

  /// Every family with its series, by name; series in the order of their labels.
  package func snapshot() -> [MetricSnapshot] {
    let families = families.withLock { $0 }
    return families.sorted { $0.key < $1.key }.map { name, family in
      let series = family.series.flatMap { $0() }
      return MetricSnapshot(
        name: name, help: family.help, type: family.type,
        series: series.sorted { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) })
    }
  }

  private func register(
    _ name: String, _ help: String, _ type: MetricType, _ labels: [MetricLabel],
    read: @escaping @Sendable () -> MetricValue?
  ) {
    add(name, help, type, labels: labels) { read().map { [MetricSeries(labels: labels, value: $0)] } ?? [] }
  }

  private func family<Instrument: AnyObject & Sendable>(
    _ name: String, _ help: String, _ type: MetricType, _ labelNames: [String], _ seriesCountMax: Int,
    make: @escaping @Sendable () -> Instrument, read: @escaping @Sendable (Instrument) -> MetricValue
  ) -> MetricFamily<Instrument> {
    let family = MetricFamily(labelNames: labelNames, seriesCountMax: seriesCountMax, make: make)
    add(name, help, type, labels: labelNames.map { MetricLabel($0, "*") }) {
      family.series.map { MetricSeries(labels: $0.labels, value: read($0.instrument)) }
    }
    return family
  }

  private func add(
    _ name: String, _ help: String, _ type: MetricType, labels: [MetricLabel],
    series: @escaping @Sendable () -> [MetricSeries]
  ) {
    precondition(MetricName.isValid(name), "\(name) is not a metric name")
    precondition(labels.allSatisfy { MetricName.isValid($0.name) && $0.name != "le" }, "bad label in \(labels)")
    precondition((type == .counter) == name.hasSuffix("_total"), "counters, and only they, end in _total: \(name)")
    families.withLock { families in
      var family = families[name] ?? Family(help: help, type: type)
      precondition(family.type == type && family.help == help, "\(name) is registered with another type or help")
      precondition(family.labels.insert(labels).inserted, "\(name) is registered twice with \(labels)")
      family.series.append(series)
      families[name] = family
    }
  }
}
