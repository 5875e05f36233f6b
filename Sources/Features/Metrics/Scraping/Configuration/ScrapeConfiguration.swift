package import Series

/// What is scraped, and how: the members of Prometheus' configuration that Axonize understands.
package struct ScrapeConfiguration: Sendable, Equatable {
  /// Labels for those who pass series on to other systems; series are stored without them, as Prometheus does.
  package var externalLabels: LabelSet
  /// Names are unique.
  package var jobs: [ScrapeJob]
  /// Where further files with jobs are, by path or pattern; ``jobs`` has theirs too.
  package var filePatterns: [String] = []

  package static let empty = ScrapeConfiguration(externalLabels: .empty, jobs: [])
}

/// A scrape configuration: targets that are scraped alike.
package struct ScrapeJob: Sendable, Equatable {
  package let name: String
  package var interval: Duration
  /// At most the interval.
  package var timeout: Duration
  package var metricsPath: String
  package var scheme: Scheme
  /// Query parameters, each with its values in order.
  package var parameters: [String: [String]]
  /// Whether labels of the page win over those of the target.
  package var honorsLabels: Bool
  /// Whether times of the page count.
  package var honorsTimestamps: Bool
  /// Whether series with times of their own are marked stale, too.
  package var tracksTimestampsStaleness: Bool
  package var followsRedirects: Bool
  /// Whether a compressed page is asked for.
  package var isCompressed: Bool
  /// The format of pages that do not say which they have.
  package var fallbackFormat: PageFormat?
  package var authorization: ScrapeAuthorization?
  package var security: ScrapeSecurity
  package var limits: ScrapeJobLimits
  package var targetRelabelling: [RelabelRule]
  package var sampleRelabelling: [RelabelRule]
  package var discoveries: [DiscoveryConfiguration]
  /// The folder whose files are read in place of a page; nil for pages.
  package var folder: String?

  package enum Scheme: String, Sendable { case http, https }

  /// Whether each scrape looks at files: of credentials or of TLS.
  var readsFiles: Bool {
    if security.authoritiesFile != nil || security.certificateFile != nil { return true }
    switch authorization {
    case .basic(_, .file), .credentials(_, .file): return true
    default: return false
    }
  }
}

/// Limits of a job.
///
/// 0 is none, except for the size of the body, which always has one.
package struct ScrapeJobLimits: Sendable, Hashable {
  /// Bytes of a page, as sent and decoded.
  ///
  /// Default: 50 MB; the page of a cluster's state has about 20.
  package var bodyBytesMax = 50_000_000
  /// Samples of a page that are left after relabelling.
  package var sampleCountMax = 0
  package var labelCountMax = 0
  package var labelNameBytesMax = 0
  package var labelValueBytesMax = 0
  package var targetCountMax = 0
  /// Dropped targets that are kept for the view; 0 for the most there are.
  package var droppedTargetCountMax = 0
}

/// How a scrape says who asks.
package enum ScrapeAuthorization: Sendable, Hashable {
  case basic(username: String, password: SecretSource?)
  case credentials(type: String, SecretSource)
}

/// How a target is trusted over TLS.
package struct ScrapeSecurity: Sendable, Hashable {
  /// A PEM file of authorities; nil for those of the system.
  package var authoritiesFile: String?
  /// PEM files of what the server is shown; both or none.
  package var certificateFile: String?
  package var keyFile: String?
  /// What the certificate must be valid for, instead of the host.
  package var serverName: String?
  package var verifiesPeer = true
}

/// Where the targets of a job are found.
package enum DiscoveryConfiguration: Sendable, Hashable {
  case fixed([TargetGroup])
  /// Files by path or pattern: `*` and `?` in the last part.
  case files(patterns: [String], refreshInterval: Duration)
  case dns(names: [String], type: DNSRecordType, port: UInt16, refreshInterval: Duration)
}

/// What is asked for in the DNS.
package enum DNSRecordType: String, Sendable, CaseIterable {
  case a = "A"
  case aaaa = "AAAA"
  case srv = "SRV"
}

/// Targets that were found together, with the labels they share.
package struct TargetGroup: Sendable, Hashable {
  /// The labels of each target, `__address__` among them.
  package var targets: [LabelSet]
  package var labels: LabelSet
  /// Where the group comes from; unique within its discovery.
  package var source: String
}
