import Series
import SeriesPatterns
import Testing

@testable import Scraping

@Suite struct ScrapeConfigurationTests {
  static func read(_ text: String, path: String = "/etc/axonize/scrape.yml") throws -> ScrapeConfiguration {
    try ScrapeConfigurationReader.read(Array(text.utf8), path: path, compiler: SeriesPatternCompiler())
  }

  @Test(arguments: [
    ("bearer_token_file: t", "bearer_token_file"), ("authorization: {credentials_file: t}", "credentials_file"),
    ("basic_auth: {username: u, password_file: t}", "password_file"), ("tls_config: {ca_file: t}", "ca_file"),
    ("tls_config: {cert_file: t, key_file: k}", "cert_file"), ("file_sd_configs: [{files: [t.yml]}]", "files"),
  ])
  func `files are refused where none may be named`(member: String, name: String) throws {
    let text = "scrape_configs: [{job_name: j, \(member)}]"
    do {
      _ = try ScrapeConfigurationReader.read(
        Array(text.utf8), path: "axonize.yaml", mayNameFiles: false, compiler: SeriesPatternCompiler())
      Issue.record("\(member) was taken")
    } catch {
      #expect(
        error.problems.first?.contains(
          "'\(name)' names files to read, so it is refused in a file that is only found in the working directory. Name the "
            + "file with --config or AXONIZE_CONFIG.") == true, "\(error)")
    }
    #expect(try Self.read(text).jobs.count == 1)
  }

  @Test func `a job has the defaults of Prometheus`() throws {
    let job = try #require(try Self.read("scrape_configs: [{job_name: node}]").jobs.first)
    #expect(job.name == "node")
    #expect(job.interval == .seconds(60))
    #expect(job.timeout == .seconds(10))
    #expect(job.metricsPath == "/metrics")
    #expect(job.scheme == .http)
    #expect(!job.honorsLabels)
    #expect(job.honorsTimestamps)
    #expect(job.followsRedirects)
    #expect(job.isCompressed)
    #expect(job.limits.bodyBytesMax == 50_000_000)
    #expect(job.security == ScrapeSecurity())
    #expect(job.authorization == nil)
  }

  @Test func `a whole configuration is read`() throws {
    let configuration = try Self.read(
      """
      global:
        scrape_interval: 15s
        scrape_timeout: 5s
        external_labels: {site: west}
        sample_limit: 100
      scrape_configs:
        - job_name: node
          scrape_interval: 30s
          scrape_timeout: 20s
          metrics_path: /probe
          scheme: https
          params: {module: [http_2xx, b], x: []}
          honor_labels: true
          honor_timestamps: false
          track_timestamps_staleness: true
          follow_redirects: false
          enable_compression: false
          fallback_scrape_protocol: OpenMetricsText1.0.0
          basic_auth: {username: me, password_file: secret.txt}
          tls_config:
            ca_file: ca.pem
            cert_file: /c.pem
            key_file: /k.pem
            server_name: inner
            insecure_skip_verify: true
          static_configs:
            - targets: ['a:9100', 'b:9100']
              labels: {env: test}
          file_sd_configs:
            - files: ['targets/*.json', /x.yml]
              refresh_interval: 1m
          dns_sd_configs:
            - names: [_m._tcp.example.com]
            - names: [example.com]
              type: AAAA
              port: 9100
              refresh_interval: 10s
          body_size_limit: 1MB
          sample_limit: 10
          label_limit: 20
          label_name_length_limit: 30
          label_value_length_limit: 40
          target_limit: 50
          keep_dropped_targets: 60
        - job_name: short
          scrape_interval: 3s
      """)
    #expect(configuration.externalLabels == LabelSet([Label("site", "west")]))
    let job = try #require(configuration.jobs.first)
    #expect(job.interval == .seconds(30))
    #expect(job.timeout == .seconds(20))
    #expect(job.metricsPath == "/probe")
    #expect(job.scheme == .https)
    #expect(job.parameters == ["module": ["http_2xx", "b"], "x": []])
    #expect(job.honorsLabels)
    #expect(!job.honorsTimestamps)
    #expect(job.tracksTimestampsStaleness)
    #expect(!job.followsRedirects)
    #expect(!job.isCompressed)
    #expect(job.fallbackFormat == .openMetrics)
    #expect(job.authorization == .basic(username: "me", password: .file("/etc/axonize/secret.txt")))
    let security = ScrapeSecurity(
      authoritiesFile: "/etc/axonize/ca.pem", certificateFile: "/c.pem", keyFile: "/k.pem", serverName: "inner",
      verifiesPeer: false)
    #expect(job.security == security)
    let limits = ScrapeJobLimits(
      bodyBytesMax: 1 << 20, sampleCountMax: 10, labelCountMax: 20, labelNameBytesMax: 30, labelValueBytesMax: 40,
      targetCountMax: 50, droppedTargetCountMax: 60)
    #expect(job.limits == limits)
    let targets = ["a:9100", "b:9100"].map { LabelSet([Label("__address__", $0)]) }
    let discoveries: [DiscoveryConfiguration] = [
      .fixed([TargetGroup(targets: targets, labels: LabelSet([Label("env", "test")]), source: "0")]),
      .files(patterns: ["/etc/axonize/targets/*.json", "/x.yml"], refreshInterval: .seconds(60)),
      .dns(names: ["_m._tcp.example.com"], type: .srv, port: 0, refreshInterval: .seconds(30)),
      .dns(names: ["example.com"], type: .aaaa, port: 9100, refreshInterval: .seconds(10)),
    ]
    #expect(job.discoveries == discoveries)
    let short = try #require(configuration.jobs.last)
    #expect(short.interval == .seconds(3))
    #expect(short.timeout == .seconds(3), "the default timeout is shortened to the interval")
    #expect(short.limits.sampleCountMax == 100)
  }

  @Test(arguments: [
    ("authorization: {credentials: abc}", ScrapeAuthorization.credentials(type: "Bearer", .inline(Secret("abc")))),
    ("authorization: {type: Token, credentials_file: f}", .credentials(type: "Token", .file("/etc/axonize/f"))),
    ("bearer_token: abc", .credentials(type: "Bearer", .inline(Secret("abc")))),
    ("bearer_token_file: /f", .credentials(type: "Bearer", .file("/f"))),
    ("basic_auth: {username: u, password: p}", .basic(username: "u", password: .inline(Secret("p")))),
    ("basic_auth: {username: u}", .basic(username: "u", password: nil)),
  ])
  func `credentials are read`(members: String, authorization: ScrapeAuthorization) throws {
    let job = try #require(try Self.read("scrape_configs: [{job_name: j, \(members)}]").jobs.first)
    #expect(job.authorization == authorization)
  }

  @Test func `a secret does not show itself`() throws {
    let configuration = try Self.read(
      "scrape_configs: [{job_name: j, basic_auth: {username: u, password: 'p4ssw0rd'}}]")
    var text = ""
    dump(configuration, to: &text)
    for shown in [text, "\(configuration)", String(reflecting: configuration)] {
      #expect(!shown.contains("p4ssw0rd"))
    }
  }

  @Test func `an empty file has no jobs`() throws {
    for text in ["", "global: {}"] {
      let configuration = try Self.read(text)
      #expect(configuration.jobs.isEmpty)
    }
  }

  /// One member of a job, and the message for it.
  private static let mistakes: [(member: String, message: String)] = [
    (
      "metrics_pth: x",
      "scrape.yml:3:5: there is no member 'metrics_pth' of scrape_configs; did you mean 'metrics_path'?"
    ),
    ("kubernetes_sd_configs: []", "scrape.yml:3:5: 'kubernetes_sd_configs' of scrape_configs is not supported."),
    ("proxy_url: http://x", "scrape.yml:3:5: 'proxy_url' of scrape_configs is not supported."),
    ("scrape_interval: soon", "scrape.yml:3:22: 'soon' is not a value for 'scrape_interval'"),
    ("scrape_interval: 0s", "scrape.yml:3:22: '0s' is not a value for 'scrape_interval'"),
    ("scrape_timeout: 2m", "scrape.yml:3:21: the scrape_timeout of 'j' is longer than its scrape_interval."),
    ("scheme: ftp", "scrape.yml:3:13: 'ftp' is not a value for 'scheme' of scrape_configs, which takes http or https."),
    ("honor_labels: yes", "scrape.yml:3:19: 'yes' is not a value for 'honor_labels'"),
    ("sample_limit: -1", "scrape.yml:3:19: '-1' is not a value for 'sample_limit'"),
    ("body_size_limit: 1XB", "scrape.yml:3:22: '1XB' is not a value for 'body_size_limit'"),
    ("params: {a: b}", "scrape.yml:3:17: the parameter 'a' takes a list of texts."),
    ("static_configs: {}", "scrape.yml:3:21: 'static_configs' of scrape_configs takes a list."),
    ("static_configs: [{targets: ['http://a/']}]", "'http://a/' is not a target"),
    ("static_configs: [{labels: {a-b: c}}]", "'a-b' is not a name of a label."),
    ("static_configs: [{target: [a]}]", "there is no member 'target' of static_configs; it has labels, targets."),
    ("file_sd_configs: [{files: ['*/a.json']}]", "has a wildcard outside its last part."),
    ("file_sd_configs: [{files: [a.txt]}]", "does not end in .json, .yml or .yaml."),
    ("file_sd_configs: [{}]", "file_sd_configs needs files."),
    ("dns_sd_configs: [{names: [a], type: A}]", "dns_sd_configs of type A needs a port."),
    ("dns_sd_configs: [{names: [a], type: MX}]", "'MX' is not a value for 'type' of dns_sd_configs"),
    ("basic_auth: {username: u, password: SECRET, password_file: f}", "at most one of password and password_file"),
    ("basic_auth: {username: 'u:v'}", "may not hold a ':'."),
    ("authorization: {type: basic, credentials: SECRET}", "for basic authentication use basic_auth."),
    ("authorization: {}", "authorization needs credentials or credentials_file."),
    ("bearer_token: SECRET\n    basic_auth: {username: u}", "at most one of basic_auth, bearer_token may be set."),
    ("tls_config: {cert_file: a}", "cert_file and key_file of tls_config are set both or not at all."),
    ("tls_config: {min_version: TLS13}", "'min_version' of tls_config is not supported."),
    ("fallback_scrape_protocol: PrometheusProto", "'PrometheusProto' is not a value for 'fallback_scrape_protocol'"),
    ("relabel_configs: [{target_label: a, regex: '('}]", "'(' is not a regular expression: "),
    ("relabel_configs: [{action: explode}]", "'explode' is not a value for 'action' of relabel_configs"),
    ("relabel_configs: [{source_labels: [a]}]", "'' is not a target_label that replace can set."),
    ("relabel_configs: [{target_label: a-b}]", "'a-b' is not a target_label that replace can set."),
    ("relabel_configs: [{action: hashmod, target_label: a}]", "hashmod needs a modulus of more than 0."),
    ("relabel_configs: [{action: hashmod, modulus: 2}]", "'' is not a target_label that hashmod can set."),
    ("relabel_configs: [{action: lowercase, target_label: a, replacement: b}]", "lowercase takes no replacement."),
    ("relabel_configs: [{action: keepequal, target_label: a, regex: b}]", "keepequal takes source_labels and"),
    ("relabel_configs: [{action: labeldrop, regex: a, source_labels: [b]}]", "labeldrop takes regex, and no other"),
    ("relabel_configs: [{action: labelmap, regex: a, replacement: '-'}]", "is not a replacement that names labels."),
    ("metric_relabel_configs: [{action: labelkeep, target_label: a}]", "labelkeep takes regex, and no other member."),
  ]

  @Test(arguments: mistakes) func `a mistake is refused with its place`(member: String, message: String) throws {
    let error = try #require(throws: ScrapeConfigurationError.self) {
      try Self.read("scrape_configs:\n  - job_name: j\n    \(member)\n", path: "scrape.yml")
    }
    #expect(error.problems.count == 1)
    #expect(error.description.hasPrefix("scrape.yml:"))
    #expect(error.description.contains(message), "\(error)")
    #expect(!error.description.contains("SECRET"))
  }

  @Test(arguments: [
    ("rule_files: []", "scrape.yml:1:1: 'rule_files' of the file is not supported."),
    ("global: {evaluation_interval: 1m}", "scrape.yml:1:10: 'evaluation_interval' of global is not supported."),
    (
      "global: {scrape_timeout: 2m}",
      "scrape.yml:1:26: the scrape_timeout of global is longer than its scrape_interval."
    ),
    (
      "scrape_configs: [{job_name: a, schem: x}]",
      "scrape.yml:1:32: there is no member 'schem' of scrape_configs; did you mean 'scheme'?"
    ),
    (
      "scrape: {}",
      "scrape.yml:1:1: there is no member 'scrape' of the file; it has global, scrape_config_files, scrape_configs."
    ),
    ("scrape_configs: [{}]", "scrape.yml:1:18: a scrape_config needs a job_name."),
    ("scrape_configs: [{job_name: a}, {job_name: a}]", "the job_name 'a' stands here and on line 1; names are unique."),
    ("a: [", "scrape.yml:2:1:"),
    ("- a", "scrape.yml:1:1: the file takes members, 'name: value'."),
  ])
  func `a mistake outside of jobs is refused with its place`(text: String, message: String) throws {
    let error = try #require(throws: ScrapeConfigurationError.self) { try Self.read(text, path: "scrape.yml") }
    #expect(error.description.contains(message), "\(error)")
    #expect(!error.description.contains("?."), "\(error)")
  }

  @Test func `all mistakes are said at once`() throws {
    let error = try #require(throws: ScrapeConfigurationError.self) {
      try Self.read("global: {x: 1}\nscrape_configs: [{job_name: j, scheme: y, z: 1}]")
    }
    #expect(error.problems.count == 3)
  }
}
