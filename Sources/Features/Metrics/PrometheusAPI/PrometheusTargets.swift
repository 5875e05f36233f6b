import API
import Base
import HTTPTypes
import JSON
import Scraping
import Series

/// `targets`: what is scraped, and how that goes.
enum PrometheusTargets {
  static func targets(_ call: PrometheusCall) throws -> HTTPResponse {
    let view = call.context.targets()
    let pool = call.fields.text("scrapePool")
    let state = call.fields.text("state") ?? "any"
    guard ["any", "active", "dropped"].contains(state) else {
      throw Problem.badData("invalid parameter \"state\": '\(state)' is none of any, active, dropped")
    }
    func isWanted(_ name: String) -> Bool { pool.map { $0.hasSameBytes(as: name) } ?? true }
    return .prometheus { writer in
      writer.object { writer in
        writer.key("activeTargets")
        writer.array { writer in
          for target in view.active where state != "dropped" && isWanted(target.scrapePool) { writer.target(target) }
        }
        writer.key("droppedTargets")
        writer.array { writer in
          for target in view.dropped where state != "active" && isWanted(target.scrapePool) { writer.target(target) }
        }
        writer.key("droppedTargetCounts")
        writer.object { writer in
          for (pool, count) in view.droppedCounts.sorted(by: { $0.key.precedes($1.key) }) where isWanted(pool) {
            writer.member(pool, count)
          }
        }
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func target(_ target: ScrapeTargetsView.ActiveTarget) {
    object { writer in
      writer.key("discoveredLabels")
      writer.labels(target.discoveredLabels)
      writer.key("labels")
      writer.labels(target.labels)
      writer.member("scrapePool", target.scrapePool)
      writer.member("scrapeUrl", target.scrapeURL)
      writer.member("globalUrl", target.scrapeURL)
      writer.member("lastError", target.lastError)
      // Go's zero time says that there was none.
      writer.member("lastScrape", target.lastScrape.map { RFC3339.format($0) } ?? "0001-01-01T00:00:00Z")
      let (seconds, attoseconds) = target.lastScrapeDuration.components
      writer.member("lastScrapeDuration", Double(seconds) + Double(attoseconds) / 1e18)
      writer.member("health", target.health.rawValue)
      writer.member("scrapeInterval", target.intervalText)
      writer.member("scrapeTimeout", target.timeoutText)
    }
  }

  fileprivate mutating func target(_ target: ScrapeTargetsView.DroppedTarget) {
    object { writer in
      writer.key("discoveredLabels")
      writer.labels(target.discoveredLabels)
      writer.member("scrapePool", target.scrapePool)
      if let error = target.error { writer.member("error", error) }
    }
  }
}
