import Base
import Columns
import MetricsIndex
import MetricsTables
import Series
import Telemetry

/// Appends the samples of requests to a batch; a decoder drives it.
///
/// It is used under its lane's lock.
final class SampleAppender {
  /// Ids that the lane remembers to be stored: 16 bytes each.
  ///
  /// Forgetting costs a look into the index.
  private static let rememberedCountMax = 1_000_000
  private static let dayMilliseconds: Int64 = 86_400_000

  private let index: SeriesIndex
  private let activeSeriesMax: Int
  private let exemplarsPerSeriesMax: Int
  /// Series and days of tenants that are known to be stored.
  private var stored: Set<UInt64> = []
  let labels = LabelBytes()
  let exemplar = ExemplarBytes()

  // Of the request:
  private var tenant = TenantID(0)
  private var batchID: UInt64 = 0
  private var earliest: Int64 = 0
  private var latest: Int64 = 0
  private(set) var rows = DecodedRows()
  /// How many exemplars were taken of each series; of OpenTelemetry's, of the data point.
  private var exemplarCounts: [UInt64: Int] = [:]

  // Of the series:
  private(set) var id: UInt64 = 0
  private var metric: UInt32 = 0
  private var fault: String?
  /// The day for which the series was announced last.
  private var day: UInt32?
  private var isRefused = false

  /// How many of the series that wait in the batch are of the request's tenant and of a day.
  private struct Waiting {
    var count = 0
    /// The first row that is not counted yet.
    var row = 0
  }
  /// By day; counted where there may be too many.
  private var waiting: [UInt32: Waiting] = [:]

  init(index: SeriesIndex, limits: SampleLimits) {
    self.index = index
    activeSeriesMax = limits.activeSeriesMax
    exemplarsPerSeriesMax = limits.exemplarsPerSeriesMax
  }

  /// Begins a request.
  ///
  /// - Parameters: the earliest and the latest time of samples, in milliseconds since 1970.
  func begin(tenant: TenantID, batchID: UInt64, earliest: Int64, latest: Int64) {
    self.tenant = tenant
    self.batchID = batchID
    self.earliest = max(0, earliest)
    self.latest = latest
    rows = DecodedRows()
    waiting.removeAll()
    labels.removeAll()
    if !exemplarCounts.isEmpty { exemplarCounts.removeAll() }
  }

  /// Begins a series of the labels that were appended.
  ///
  /// - Parameter fault: what is wrong with them already, a clause whose subject is the series.
  func beginSeries(fault known: String? = nil) {
    day = nil
    isRefused = false
    fault = known ?? labels.fault()?.description
    guard fault == nil else { return }
    id = labels.id
    metric = labels.metric
  }

  /// Appends a sample of the series.
  func append(_ value: Double, at time: Int64, to batch: SignalBatch<SampleBlock>) {
    if admits(time, to: batch) { appendAdmitted(value, at: time, to: batch) }
  }

  /// Whether the series may have a sample of a time; if not, a record is rejected.
  func admits(_ time: Int64) -> Bool {
    let reason: String
    if let fault {
      reason = "a series \(fault)"
    } else if time < earliest {
      reason = "a sample is of \(Self.text(time)), before what is kept (metrics.retention)\(Self.unitHint(time))"
    } else if time > latest {
      reason = "a sample is of \(Self.text(time)), too far in the future (ingest.time_ahead)\(Self.unitHint(time))"
    } else {
      return true
    }
    reject(reason)
    return false
  }

  /// What is said of a time that is one of today only in another unit: seconds taken for milliseconds are of 1970, and
  /// nanoseconds of a year beyond 5000.
  private static func unitHint(_ time: Int64) -> String {
    guard (1..<oldestMilliseconds).contains(time) || time > newestMilliseconds else { return "" }
    return "; its time seems to be in another unit: pages of text, JSON and remote write have milliseconds, OTLP "
      + "nanoseconds, and line protocol what its parameter precision says, nanoseconds without it"
  }

  /// The end of 1970, and the beginning of the year 5138.
  private static let oldestMilliseconds: Int64 = 365 * dayMilliseconds
  private static let newestMilliseconds: Int64 = 100_000_000_000_000

  /// Whether the series may have a sample of a time in a batch, with which the series is then stored.
  func admits(_ time: Int64, to batch: SignalBatch<SampleBlock>) -> Bool {
    guard admits(time) else { return false }
    let day = UInt32(truncatingIfNeeded: time / Self.dayMilliseconds)
    if self.day != day {
      self.day = day
      isRefused = !announce(day, in: batch)
    }
    if isRefused { reject(seriesRefusal) }
    return !isRefused
  }

  /// Appends a sample that is admitted.
  func appendAdmitted(_ value: Double, at time: Int64, to batch: SignalBatch<SampleBlock>) {
    let block = batch.rows
    block.tenant.append(tenant.rawValue)
    block.metric.append(metric)
    block.bucket.append(SampleBlock.bucket(of: time))
    block.seriesID.append(id)
    block.time.append(time * 1_000_000)
    block.append(value: value)
    block.batchID.append(batchID)
    rows.accepted += 1
  }

  /// Counts records that cannot be taken.
  func reject(count: Int = 1, _ reason: @autoclosure () -> String) {
    rows.rejected += count
    if rows.firstReason == nil { rows.firstReason = reason() }
  }

  /// Counts what was rejected since a count as so many records.
  func countRejections(since count: Int, as records: Int) { rows.rejected = min(rows.rejected, count + records) }

  private static func text(_ time: Int64) -> String {
    let (nanoseconds, overflows) = time.multipliedReportingOverflow(by: 1_000_000)
    return overflows ? "\(time) ms since 1970" : RFC3339.format(UnixNanoseconds(nanoseconds))
  }

  /// Has the series stored with the batch, where it is not known to be stored for a day; false where the tenant has too many.
  private func announce(_ day: UInt32, in batch: SignalBatch<SampleBlock>) -> Bool {
    let announcement = SeriesBlock.id(id, day: day)
    let key = announcement &+ (UInt64(tenant.rawValue) &* 0xd1b5_4a32_d192_ed03)
    if stored.contains(key) { return true }
    if index.isKnown(id, of: tenant, day: day) {
      if stored.count >= Self.rememberedCountMax { stored.removeAll(keepingCapacity: true) }
      stored.insert(key)
      return true
    }
    let block = batch.references.series
    if block.row(tenant: tenant.rawValue, id: announcement) != nil { return true }
    guard hasRoom(day, in: block) else { return false }
    block.tenant.append(tenant.rawValue)
    block.day.append(day)
    block.metric.append(metric)
    block.seriesID.append(id)
    labels.append(to: block.labels)
    block.didAppend(tenant: tenant.rawValue, id: announcement)
    return true
  }

  /// Whether the tenant may have one more series on a day.
  private func hasRoom(_ day: UInt32, in block: SeriesBlock) -> Bool {
    let known = index.activeCount(of: tenant, day: day)
    // Most often there is room even if every row that waits were of the tenant and the day.
    if known + block.rowCount < activeSeriesMax { return true }
    var waiting = self.waiting[day] ?? Waiting()
    while waiting.row < block.rowCount {
      if block.tenant[waiting.row] == tenant.rawValue, block.day[waiting.row] == day { waiting.count += 1 }
      waiting.row += 1
    }
    self.waiting[day] = waiting
    return known + waiting.count < activeSeriesMax
  }

  // MARK: Exemplars

  /// Whether exemplars are taken at all.
  var takesExemplars: Bool { exemplarsPerSeriesMax > 0 }

  /// Begins a data point, of which each series may have as many exemplars as of a request.
  ///
  /// What was late comes with many points of a series at once.
  func beginPoint() {
    if !exemplarCounts.isEmpty { exemplarCounts.removeAll(keepingCapacity: true) }
  }

  /// Counts exemplars that are not taken.
  ///
  /// Their samples are, and the client has nothing to correct, so it is not told.
  func refuseExemplars(_ count: Int) { rows.attachedRefused += count }

  /// Appends an exemplar of the series, whose ids and labels are those of ``exemplar``; or counts it as refused.
  ///
  /// - Parameter time: in milliseconds since 1970.
  func appendExemplar(_ value: Double, at time: Int64, to batch: SignalBatch<SampleBlock>) {
    guard fault == nil, admitsExemplar(at: time), exemplar.isValid(),
      announce(UInt32(truncatingIfNeeded: time / Self.dayMilliseconds), in: batch)
    else { return refuseExemplars(1) }
    exemplarCounts[id, default: 0] += 1
    rows.attached += 1
    let block = batch.references.exemplars
    let exemplarID = exemplar.id(series: id, value: value, time: time)
    if block.row(tenant: tenant.rawValue, id: exemplarID) != nil { return }
    block.tenant.append(tenant.rawValue)
    block.metric.append(metric)
    block.seriesID.append(id)
    block.time.append(time * 1_000_000)
    block.value.append(value)
    exemplar.append(to: block)
    block.exemplarID.append(exemplarID)
    block.didAppend(tenant: tenant.rawValue, id: exemplarID)
  }

  /// Whether the request may have an exemplar more of the series and of a time.
  private func admitsExemplar(at time: Int64) -> Bool {
    let first = max(earliest, latest - Self.exemplarDaysMax * Self.dayMilliseconds)
    return time >= first && time <= latest && rows.attached < Self.exemplarsMax
      && exemplarCounts[id, default: 0] < exemplarsPerSeriesMax
  }

  /// Exemplars of a request: 10,000, some 3 MB of memory.
  ///
  /// Prometheus sends 2,000 samples and exemplars at once.
  static let exemplarsMax = 10_000
  /// Days before the latest time of a request that its exemplars may be of.
  ///
  /// The engine takes rows of 1,000 days at once, and those of a commit are inserted together.
  private static let exemplarDaysMax: Int64 = 500

  private var seriesRefusal: String {
    let worst = index.cardinalities(of: tenant, limit: 1).first
    let label = worst.map { " Of the labels, \($0.name) has the most values: \($0.valueCount)." } ?? ""
    return "there are \(activeSeriesMax) series of that day already (metrics.series_max).\(label)"
  }

  /// Appends what a request says of a metric.
  func append(_ metadata: MetricMetadata, to batch: SignalBatch<SampleBlock>) {
    let block = batch.references.families
    var id = ByteHash.hash(of: metadata.family, seed: UInt64(metadata.kind.rawValue))
    id = ByteHash.hash(of: metadata.unit, seed: id)
    id = ByteHash.hash(of: metadata.help, seed: id)
    guard !metadata.family.isEmpty, block.row(tenant: tenant.rawValue, id: id) == nil else { return }
    block.tenant.append(tenant.rawValue)
    block.name.append(metadata.family)
    block.kind.append(metadata.kind.rawValue)
    block.unit.append(metadata.unit)
    block.help.append(metadata.help)
    block.familyID.append(id)
    block.didAppend(tenant: tenant.rawValue, id: id)
  }
}

extension ByteHash {
  fileprivate static func hash(of text: String, seed: UInt64) -> UInt64 {
    var text = text
    return text.withUTF8 { unsafe hash(UnsafeRawBufferPointer($0), seed: seed) }
  }
}
