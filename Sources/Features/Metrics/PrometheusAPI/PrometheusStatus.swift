import API
import Base
import HTTPTypes
import JSON
import MetricsIndex
import MetricsQueries
import Series

/// `status/buildinfo` and `status/tsdb`, and lists that are empty as long as the server keeps nothing of the kind.
enum PrometheusStatus {
  /// The version of Prometheus whose semantics queries have, which Grafana asks to know what it may use.
  private static let prometheusVersion = "3.14.0"

  static func buildInfo(_ call: PrometheusCall) -> HTTPResponse {
    .prometheus { writer in
      writer.object { writer in
        writer.member("version", prometheusVersion)
        writer.member("revision", call.context.version)
        writer.member("branch", "axonize")
        writer.member("buildUser", "")
        writer.member("buildDate", "")
        writer.member("goVersion", "")
      }
    }
  }

  /// The most items of a list of `status/tsdb`: 10,000, as in Prometheus.
  private static let statisticsLimitMax = 10_000
  private static let statisticsLimitDefault = 10

  static func database(_ call: PrometheusCall) throws -> HTTPResponse {
    var limit = statisticsLimitDefault
    if let text = call.fields.text("limit") {
      guard let number = Int(text), (1...statisticsLimitMax).contains(number) else {
        throw Problem.badData("invalid parameter \"limit\": limit must be between 1 and \(statisticsLimitMax)")
      }
      limit = number
    }
    do throws(SeriesError) {
      let statistics = try call.series.statistics(limit: limit)
      let now = call.now.rawValue / 1_000_000
      return .prometheus { $0.statistics(statistics, now: now) }
    } catch {
      throw Problem(error)
    }
  }

  /// Rules are asked for by Grafana for each data source of Prometheus' kind.
  static func rules(_ call: PrometheusCall) -> HTTPResponse { empty("groups") }

  static func alerts(_ call: PrometheusCall) -> HTTPResponse { empty("alerts") }

  private static func empty(_ list: String) -> HTTPResponse {
    .prometheus { writer in
      writer.object { writer in
        writer.key(list)
        writer.array { _ in }
      }
    }
  }

  /// What is asked for by a path of Prometheus that says how Prometheus itself runs.
  static func unavailable(_ what: String) -> @Sendable (PrometheusCall) throws -> HTTPResponse {
    { _ in
      throw Problem(
        .notFound,
        "Axonize has no \(what) of Prometheus' form; 'axonize config show' prints its settings, and docs/metrics.md "
          + "lists the supported part of Prometheus' API")
    }
  }
}

extension JSONWriter {
  /// - Parameter now: in milliseconds since 1970.
  fileprivate mutating func statistics(_ statistics: SeriesStatistics, now: Int64) {
    let day: Int64 = 86_400_000
    object { writer in
      writer.key("headStats")
      writer.object { writer in
        writer.member("numSeries", statistics.seriesCount)
        writer.member("numLabelPairs", statistics.labelPairCount)
        if let days = statistics.days {
          // Of each series the days are known, not the times.
          let first = Int64(days.lowerBound) * day
          writer.member("minTime", first)
          writer.member("maxTime", max(first, min(now, (Int64(days.upperBound) + 1) * day - 1)))
        }
      }
      writer.counts("seriesCountByMetricName", statistics.seriesCountByMetric)
      writer.counts("labelValueCountByLabelName", statistics.valueCountByLabel)
      writer.counts("memoryInBytesByLabelName", statistics.valueBytesByLabel)
      writer.counts("seriesCountByLabelValuePair", statistics.seriesCountByPair)
    }
  }

  private mutating func counts(_ name: String, _ counts: [SeriesStatistics.Count]) {
    key(name)
    array { writer in
      for item in counts {
        writer.object { writer in
          writer.member("name", item.name)
          writer.member("value", item.count)
        }
      }
    }
  }
}
