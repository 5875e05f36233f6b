package import MetricNaming

/// How metrics of OpenTelemetry become series.
package struct OTLPTranslation: Sendable {
  let naming: MetricNaming
  /// The names of attributes of the resource that become labels of each of its series.
  let promotedAttributes: Set<String>

  package init(_ strategy: MetricNaming.Strategy = .underscoreEscapingWithSuffixes, promoting attributes: [String] = [])
  {
    naming = MetricNaming(strategy)
    promotedAttributes = Set(attributes)
  }
}
