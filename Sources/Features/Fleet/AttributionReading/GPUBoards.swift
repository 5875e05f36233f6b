import Attribution
import Series

/// Boards while their samples are read.
struct Boards {
  /// Who reports: a machine's collector, or a scrape of one.
  fileprivate struct Reporter: Hashable {
    let instance: String
    let job: String
  }

  fileprivate struct Scope: Hashable {
    /// Empty for the board.
    let instance: String
    let quantity: GPUQuantity
  }

  fileprivate struct Part {
    var instance: String
    var profile: String
    var columns: [Reporter: SampleColumn] = [:]
  }

  struct Board {
    fileprivate var model = ""
    fileprivate var columns: [Scope: [Reporter: SampleColumn]] = [:]
    fileprivate var parts: [String: Part] = [:]
  }

  private(set) var all: [String: Board] = [:]

  mutating func add(_ uuid: String) { if all[uuid] == nil { all[uuid] = Board() } }

  /// Adds the samples of a series.
  mutating func add(_ labels: LabelSet, _ samples: SeriesSamples, _ range: Range<Int>, _ origin: SampleOrigin) {
    let names = GPULabelNames(origin)
    let uuid = labels[names.board]
    let instance = labels[names.instance]
    let reporter = Reporter(instance: labels["instance"], job: labels["job"])
    if all[uuid]?.model.isEmpty ?? false { all[uuid]?.model = labels[names.model] }
    let name = labels.metricName
    if name == GPUQuantity.resourceInfo {
      let id = labels["resource_uuid"]
      // A whole GPU is its own resource.
      guard !id.isEmpty, id != uuid else { return }
      var part = all[uuid]?.parts[id] ?? Part(instance: instance, profile: labels["compute_profile"])
      part.columns[reporter, default: SampleColumn()].merge(samples, range, factor: 1)
      all[uuid]?.parts[id] = part
    } else if let series = GPUQuantity.series[name] {
      all[uuid]?.columns[Scope(instance: instance, quantity: series.quantity), default: [:]][
        reporter, default: SampleColumn(origin: origin)
      ].merge(samples, range, factor: 1 / series.factor)
    }
  }

  /// The boards by UUID.
  var samples: [GPUSamples] { all.keys.sorted().compactMap { uuid in all[uuid].map { Self.samples(uuid, $0) } } }

  private static func samples(_ uuid: String, _ board: Board) -> GPUSamples {
    func column(_ instance: String, _ choices: GPUQuantity...) -> SampleColumn {
      for quantity in choices {
        if let column = newest(board.columns[Scope(instance: instance, quantity: quantity)] ?? [:])?.column {
          return column
        }
      }
      return SampleColumn()
    }
    var samples = GPUSamples(uuid: uuid)
    samples.model = board.model
    samples.node =
      GPUQuantity.allCases.lazy.compactMap { newest(board.columns[Scope(instance: "", quantity: $0)] ?? [:])?.reporter }
      .first?.instance ?? ""
    samples.input.energy = column("", .energy)
    samples.input.power = column("", .power)
    var whole = ResourceInput(id: uuid)
    whole.utilisation = column("", .utilisation, .graphicsActive)
    whole.memory = column("", .memory)
    whole.smClock = column("", .smClock)
    whole.clockEventReasons = column("", .clockEventReasons)
    samples.input.resources = [whole]
    for (id, part) in board.parts.sorted(by: { $0.key < $1.key }) {
      guard let info = newest(part.columns)?.column else { continue }
      var resource = ResourceInput(
        id: id, isPart: true, size: PartSize.slices(part.profile), validity: info.stretches)
      resource.utilisation = column(part.instance, .graphicsActive, .smActive)
      resource.activity = column(part.instance, .smActive, .graphicsActive)
      resource.memory = column(part.instance, .memory)
      resource.smClock = whole.smClock
      resource.clockEventReasons = whole.clockEventReasons
      samples.input.resources.append(resource)
      samples.profiles[id] = part.profile
    }
    return samples
  }

  /// The samples of the reporter that has the most: two of them are not mixed, since they read at different times.
  private static func newest(_ columns: [Reporter: SampleColumn]) -> (reporter: Reporter, column: SampleColumn)? {
    columns.max {
      ($0.value.times.count, $1.key.instance, $1.key.job) < ($1.value.times.count, $0.key.instance, $0.key.job)
    }.map { ($0.key, $0.value) }
  }
}

/// How large a part of a board is.
enum PartSize {
  /// The slices of a profile, such as 3 of `3g.71gb` and 1 of `1c.3g.71gb`; 1 for what has no such name.
  static func slices(_ profile: String) -> Double {
    let first = profile.prefix { $0 != "." }
    guard first.hasSuffix("g") || first.hasSuffix("c"), let count = Int(first.dropLast()), count > 0 else { return 1 }
    return Double(count)
  }
}

extension SampleColumn {
  /// Adds the samples of a series, of which those of a time that is there already are left out.
  fileprivate mutating func merge(_ samples: SeriesSamples, _ range: Range<Int>, factor: Double) {
    var added = SampleColumn(origin: origin)
    added.times.reserveCapacity(range.count)
    added.values.reserveCapacity(range.count)
    for index in range {
      added.times.append(samples.times[index] * 1_000_000)
      added.values.append(samples.values[index] * factor)
    }
    if isEmpty || added.times.first ?? .max > times.last ?? .min {
      times += added.times
      values += added.values
    } else {
      self = merged(with: added)
    }
  }

  private func merged(with other: SampleColumn) -> SampleColumn {
    var merged = SampleColumn(origin: origin)
    var (left, right) = (0, 0)
    while left < times.count || right < other.times.count {
      let isOwn = right == other.times.count || (left < times.count && times[left] <= other.times[right])
      let (time, value) = isOwn ? (times[left], values[left]) : (other.times[right], other.values[right])
      if isOwn { left += 1 } else { right += 1 }
      if let last = merged.times.last, last == time {
        // The mark of a series that has gone does not outweigh a sample of the series that took its place.
        if merged.values[merged.values.count - 1].isNaN { merged.values[merged.values.count - 1] = value }
        continue
      }
      merged.times.append(time)
      merged.values.append(value)
    }
    return merged
  }
}
