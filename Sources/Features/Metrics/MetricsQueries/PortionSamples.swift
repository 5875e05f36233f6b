import MetricsIndex
import Series

/// The samples of some series, with their ids.
struct PortionSamples {
  var ids: [UInt64] = []
  var samples = SeriesSamples()

  /// The samples of several segments, the oldest first, by series.
  static func joined(_ parts: [PortionSamples], of series: ArraySlice<IndexedSeries>) -> SeriesSamples {
    if parts.count == 1 { return parts[0].samples }
    let places = parts.map { part in
      Dictionary(uniqueKeysWithValues: part.ids.enumerated().map { ($0.element, $0.offset) })
    }
    var joined = SeriesSamples()
    for one in series {
      let start = joined.sampleCount
      for (part, places) in zip(parts, places) {
        guard let place = places[one.id] else { continue }
        joined.times += part.samples.times[part.samples.range(of: place)]
        joined.values += part.samples.values[part.samples.range(of: place)]
      }
      if joined.sampleCount > start { joined.endSeries(one.labels) }
    }
    return joined
  }
}
