import API
import HTTPTypes
import JSON
import MetricsQueries
import Series

/// `series`, `labels`, `label/<name>/values`, `metadata`: what there is.
enum PrometheusLists {
  /// The most series of a response: 100,000, which are 20 MB.
  private static let seriesCountMax = 100_000

  static func series(_ call: PrometheusCall) throws -> HTTPResponse {
    let (selections, _, _) = try call.selections()
    guard !selections.isEmpty else { throw Problem.badData("no match[] parameter provided") }
    var found: Set<LabelSet> = []
    do throws(SeriesError) {
      for selection in selections {
        found.formUnion(try call.series.series(selection, countMax: seriesCountMax))
      }
    } catch {
      throw Problem(error)
    }
    let limit = try call.limit()
    return list(found.sorted(), limit: limit) { writer, labels in writer.labels(labels) }
  }

  static func labels(_ call: PrometheusCall) throws -> HTTPResponse {
    let (selections, after, through) = try call.selections()
    do throws(SeriesError) {
      let names = try call.series.labelNames(selections, after: after, through: through)
      return list(names, limit: try limit(call)) { writer, name in writer.string(name) }
    } catch {
      throw Problem(error)
    }
  }

  static func values(_ call: PrometheusCall) throws -> HTTPResponse {
    let name = call[labelName]
    let (selections, after, through) = try call.selections()
    do throws(SeriesError) {
      let values = try call.series.labelValues(unescaped(name), selections, after: after, through: through)
      return list(values, limit: try limit(call)) { writer, value in writer.string(value) }
    } catch {
      throw Problem(error)
    }
  }

  static let labelName = Parameter.text("name", "The name of a label.").required()

  static func metadata(_ call: PrometheusCall) throws -> HTTPResponse {
    do throws(SeriesError) {
      let found = try call.series.metadata(of: call.fields.text("metric"), limit: min(try limit(call), seriesCountMax))
      return .prometheus { writer in
        writer.object { writer in
          for metadata in found {
            writer.key(metadata.family)
            writer.array { writer in writer.metadata(metadata) }
          }
        }
      }
    } catch {
      throw Problem(error)
    }
  }

  private static func limit(_ call: PrometheusCall) throws(SeriesError) -> Int {
    do throws(Problem) { return try call.limit() } catch { throw .limitExceeded(error.detail) }
  }

  private static func list<Item>(
    _ items: [Item], limit: Int, _ write: (inout JSONWriter, Item) -> Void
  ) -> HTTPResponse {
    let warnings = items.count > limit ? ["results truncated due to limit"] : []
    return .prometheus(warnings: warnings) { writer in
      writer.array { writer in for item in items.prefix(limit) { write(&writer, item) } }
    }
  }

  /// Names with other characters come as `U__` with `_<hex>_` for each (Prometheus' value encoding of UTF-8 names).
  private static func unescaped(_ name: String) -> String {
    guard name.hasPrefix("U__") else { return name }
    var result = String.UnicodeScalarView()
    var rest = name.dropFirst(3)[...]
    while let first = rest.first {
      rest = rest.dropFirst()
      guard first == "_" else {
        result.append(contentsOf: first.unicodeScalars)
        continue
      }
      if rest.first == "_" {
        result.append("_")
        rest = rest.dropFirst()
        continue
      }
      guard let end = rest.firstIndex(of: "_"), let code = UInt32(rest[..<end], radix: 16),
        let scalar = Unicode.Scalar(code)
      else { return name }
      result.append(scalar)
      rest = rest[end...].dropFirst()
    }
    return String(result)
  }
}

extension JSONWriter {
  fileprivate mutating func metadata(_ metadata: MetricMetadata) {
    object { writer in
      writer.member("type", metadata.kind.name)
      writer.member("help", metadata.help)
      writer.member("unit", metadata.unit)
    }
  }
}
