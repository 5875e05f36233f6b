import HTTPTypes
import JSON
import PromQL
import Series

extension HTTPResponse {
  /// A response of Prometheus' API that went well.
  ///
  /// - Parameters:
  ///   - annotations: of the evaluation of a query, as warnings and infos.
  ///   - warnings: further ones.
  static func prometheus(
    annotations: [Annotation] = [], of query: String = "", warnings: [String] = [],
    data: (inout JSONWriter) -> Void
  ) -> HTTPResponse {
    var writer = JSONWriter(reservingCapacity: 4_096)
    writer.object { writer in
      writer.member("status", "success")
      writer.key("data")
      data(&writer)
      texts("warnings", warnings + annotations.filter { $0.kind == .warning }.map { $0.text(in: query) }, &writer)
      texts("infos", annotations.filter { $0.kind == .info }.map { $0.text(in: query) }, &writer)
    }
    return HTTPResponse(contentType: "application/json", body: writer.bytes)
  }

  private static func texts(_ name: String, _ texts: [String], _ writer: inout JSONWriter) {
    guard !texts.isEmpty else { return }
    writer.key(name)
    writer.array { writer in for text in texts { writer.string(text) } }
  }
}

extension JSONWriter {
  /// The value of a query: `{"resultType":…,"result":…}`.
  ///
  /// - Parameter isEnough: asked before each series; the rest is left out once it says so.
  mutating func queryResult(_ value: PromQLValue, until isEnough: () -> Bool) {
    object { writer in
      switch value {
      case .scalar(let time, let value):
        writer.member("resultType", "scalar")
        writer.key("result")
        writer.point(time, value)
      case .string(let time, let text):
        writer.member("resultType", "string")
        writer.key("result")
        writer.array { writer in
          writer.seconds(time)
          writer.string(text)
        }
      case .vector(let samples):
        writer.member("resultType", "vector")
        writer.series(samples, until: isEnough) { writer, range in
          writer.key("value")
          if let index = range.first { writer.point(samples.times[index], samples.values[index]) }
        }
      case .matrix(let samples):
        writer.member("resultType", "matrix")
        writer.series(samples, until: isEnough) { writer, range in
          writer.key("values")
          var points = PointBytes(reservingCount: range.count)
          for index in range { points.append(samples.times[index], samples.values[index]) }
          writer.array { writer in if !range.isEmpty { writer.raw(points.bytes) } }
        }
      }
    }
  }

  private mutating func series(
    _ samples: SeriesSamples, until isEnough: () -> Bool, _ values: (inout JSONWriter, Range<Int>) -> Void
  ) {
    key("result")
    array { writer in
      for index in 0..<samples.seriesCount where !isEnough() {
        writer.object { writer in
          writer.key("metric")
          writer.labels(samples.labels[index])
          values(&writer, samples.range(of: index))
        }
      }
    }
  }

  /// The labels of a series, as an object.
  mutating func labels(_ labels: LabelSet) {
    object { writer in
      for label in labels.labels { writer.member(label.name, label.value) }
    }
  }

  private mutating func point(_ time: Int64, _ value: Double) {
    var point = PointBytes(reservingCount: 1)
    point.append(time, value)
    raw(point.bytes)
  }

  /// Milliseconds as seconds, a number.
  mutating func seconds(_ milliseconds: Int64) {
    var seconds = PointBytes(reservingCount: 1)
    seconds.appendSeconds(milliseconds)
    raw(seconds.bytes)
  }
}
