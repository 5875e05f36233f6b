package import API
import Base
package import Commands
package import Configuration
package import Feature
import FleetAPI
import FleetCommands
import GPUCollection
import HostCollection
import Identity
package import Metrics

/// Machines and what they do: the one that the server runs on, and those that report to it.
package struct FleetFeature: Feature {
  package static let name = "fleet"
  package static let settings = [FleetSettings.group]
  package static let commands = FleetCommands.all + [AgentCommand.definition]

  /// Nil where the server does not look at its machine.
  private let host: HostService?
  package let endpoints: [Endpoint<Void>]

  package init(_ context: FeatureContext) {
    let registry = NodeRegistry(documents: context.documents)
    endpoints = FleetEndpoints(registry: registry).endpoints
    let configuration = context.configuration
    let logger = context.logger.component("fleet")
    let roots = HostRoots(configuration)
    let instance = FleetSettings.instanceName(configuration)
    let gpus = Self.gpus(configuration, roots, instance, logger)
    let isHostEnabled = configuration[FleetSettings.isHostEnabled]
    guard isHostEnabled || gpus != nil else {
      host = nil
      return
    }
    host = HostService(
      host: isHostEnabled ? (roots, HostCollectors.Intervals(configuration)) : nil, gpus: gpus,
      source: SampleSource(instance: instance), port: context.samples,
      reporter: NodeReporter(name: instance, version: context.version, gpus: gpus?.collector, logger: logger) {
        [now = context.now] report in
        do throws(RegistryError) {
          try registry.add(report, of: .default, at: now())
          return nil
        } catch {
          return "this machine is not in the registry of nodes: \(error)"
        }
      }, logger: logger, now: context.now)
  }

  /// Nil where no GPUs are read; the log says why.
  static func gpus(
    _ configuration: Configuration, _ roots: HostRoots, _ instance: String, _ logger: Logger
  ) -> GPUSource? {
    let mode = configuration[FleetSettings.gpuMode]
    let backends = GPUDetection.backends(
      mode, libraryPath: configuration[FleetSettings.nvmlLibrary], procPath: roots.proc, sysPath: roots.sys)
    guard !backends.isEmpty else {
      if mode == .auto { logger.info("no GPUs are read: this machine has none of NVIDIA or AMD") }
      return nil
    }
    var options = GPUCollectorOptions()
    options.fastInterval = configuration[FleetSettings.gpuInterval]
    options.slowInterval = max(options.slowInterval, options.fastInterval)
    options.fixedInterval = max(options.fixedInterval, options.fastInterval)
    return GPUSource(
      collector: GPUCollector(backends, options), interval: options.fastInterval,
      hasDCGM: configuration[FleetSettings.hasDCGMNames],
      hostLabel: configuration[FleetSettings.hostNameLabel].label(instance))
  }

  package var rowSources: [any Service] { host.map { [$0] } ?? [] }

  package var metricsPages: [MetricsPage] {
    host.map { host in [MetricsPage(path: "/metrics/host") { host.page }] } ?? []
  }

  package var healthChecks: [HealthCheck] {
    host.map { host in
      [
        HealthCheck("fleet") {
          let problems = host.problems
          guard !problems.isEmpty else { return nil }
          return HealthCheck.Problem(
            summary: "not everything of this machine can be collected", details: problems.joined(separator: "; "),
            isReady: true)
        }
      ]
    } ?? []
  }

  package func register(in metrics: MetricRegistry) { host?.register(in: metrics) }
}
