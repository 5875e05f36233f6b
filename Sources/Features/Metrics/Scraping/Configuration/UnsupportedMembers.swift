/// Members of Prometheus' configuration that Axonize does not have (Prometheus 3.5,
/// docs/configuration/configuration.md).
enum UnsupportedMembers {
  static let file: Set<String> = [
    "alerting", "otlp", "remote_read", "remote_write", "rule_files", "runtime", "storage", "tracing",
  ]

  static let global: Set<String> = [
    "always_scrape_classic_histograms", "convert_classic_histograms_to_nhcb", "evaluation_interval",
    "extra_scrape_metrics", "metric_name_escaping_scheme", "metric_name_validation_scheme", "query_log_file",
    "rule_query_offset", "scrape_classic_histograms", "scrape_failure_log_file", "scrape_native_histograms",
    "scrape_protocols",
  ]

  static let client: Set<String> = [
    "enable_http2", "http_headers", "no_proxy", "oauth2", "proxy_connect_header", "proxy_from_environment", "proxy_url",
  ]

  static let job: Set<String> = client.union([
    "always_scrape_classic_histograms", "azure_sd_configs", "consul_sd_configs", "convert_classic_histograms_to_nhcb",
    "digitalocean_sd_configs", "docker_sd_configs", "dockerswarm_sd_configs", "ec2_sd_configs", "eureka_sd_configs",
    "extra_scrape_metrics", "gce_sd_configs", "hetzner_sd_configs", "http_sd_configs", "ionos_sd_configs",
    "kubernetes_sd_configs", "kuma_sd_configs", "lightsail_sd_configs", "linode_sd_configs", "marathon_sd_configs",
    "metric_name_escaping_scheme", "metric_name_validation_scheme", "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor", "nerve_sd_configs", "nomad_sd_configs", "openstack_sd_configs",
    "ovhcloud_sd_configs", "puppetdb_sd_configs", "scaleway_sd_configs", "scrape_classic_histograms",
    "scrape_failure_log_file", "scrape_native_histograms", "scrape_protocols", "serverset_sd_configs",
    "stackit_sd_configs", "triton_sd_configs", "uyuni_sd_configs", "vultr_sd_configs",
  ])

  static let security: Set<String> = [
    "ca", "ca_ref", "cert", "cert_ref", "key", "key_ref", "max_version", "min_version",
  ]
  static let basic: Set<String> = ["password_ref", "username_file", "username_ref"]
  static let authorization: Set<String> = ["credentials_ref"]
}
