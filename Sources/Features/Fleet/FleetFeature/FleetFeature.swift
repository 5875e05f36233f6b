package import API
import AttributionReading
import Base
package import Commands
package import Configuration
import EnergyAccounting
import EnergyQueries
package import Feature
import FleetAPI
import FleetCommands
import FleetEvents
import FleetTables
import FleetTop
import GPUCollection
import HostCollection
import Identity
import Ingest
package import Metrics
import NodeReports
import Prices
package import Schema
import WorkloadIdentity

/// Machines and what they do: the one that the server runs on, and those that report to it.
package struct FleetFeature: Feature {
  package static let name = "fleet"
  package static let settings = [FleetSettings.group]
  package static let commands = FleetCommands.all + [TopCommand.definition, AgentCommand.definition]
  package static let tables = FleetTables.all
  package static let schemaSteps = FleetTables.steps

  /// Nil where the server does not look at its machine.
  private let host: HostService?
  private let prices: PriceSource
  private let energy: EnergyAccountant
  private let events: FleetEventLog
  private let watch: NodeWatch
  private let bursts: NodeBursts
  private let logger: Logger
  package let endpoints: [Endpoint<Void>]

  package static func problems(of configuration: Configuration) -> [String] {
    PriceSource.problems(of: configuration)
  }

  package static func setRetention(_ policy: inout RetentionPolicy, by configuration: Configuration) {
    policy[.fleetEvents] = configuration[FleetSettings.eventsRetention]
  }

  package init(_ context: FeatureContext) throws {
    let prices = try Self.prices(context.configuration)
    let energy = Self.energy(context)
    self.prices = prices
    self.energy = energy
    let logger = context.logger.component("fleet")
    self.logger = logger
    let events = try FleetEventLog(
      context.pipeline, engine: context.engine, context.configuration, queryLimits: context.queryLimits, logger: logger)
    self.events = events
    let registry = NodeRegistry(documents: context.documents, events: events, logger: logger)
    watch = NodeWatch(
      registry: registry, tenants: { [tenants = context.tenants] in try tenants().map(\.id) }, now: context.now,
      logger: logger)
    let configuration = context.configuration
    let roots = HostRoots(configuration)
    let instance = FleetSettings.instanceName(configuration)
    let gpus = Self.gpus(configuration, roots, instance, logger)
    bursts = NodeBursts(
      registry: registry, own: gpus.map { NodeBursts.Own(name: instance, collector: $0.collector) },
      hourlyMax: configuration[FleetSettings.burstHourlyMax])
    endpoints =
      FleetEndpoints(registry: registry, events: events, bursts: bursts).endpoints
      + AttributionEndpoints(
        reader: AttributionReader(
          samples: context.samples, spans: context.spans,
          tenants: { [tenants = context.tenants] in try tenants().map(\.id) }), registry: registry,
        prices: { prices.list }
      ).endpoints
      + [GPUMetricsEndpoint(registry: registry, samples: context.samples).endpoint]
      + EnergyEndpoints(
        reader: EnergyReader(engine: context.engine, limits: context.queryLimits), registry: registry,
        prices: prices,
        completeUntil: { energy.completeUntil },
        tenantNames: { [tenants = context.tenants] in
          Dictionary(try tenants().map { ("\($0.id)", $0.name) }) { first, _ in first }
        }
      ).endpoints
    let labels = configuration[FleetSettings.labels]
    let isHostEnabled = configuration[FleetSettings.isHostEnabled]
    guard isHostEnabled || gpus != nil else {
      host = nil
      return
    }
    host = HostService(
      host: isHostEnabled ? (roots, HostCollectors.Intervals(configuration)) : nil, gpus: gpus,
      source: SampleSource(instance: instance, labels: labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
      port: context.samples,
      reporter: NodeReporter(
        name: instance, version: context.version, labels: labels, gpus: gpus?.collector, logger: logger
      ) { [now = context.now] report in
        do throws(RegistryError) {
          let isShared = try registry.add(report, of: .default, at: now())
          return .init(problem: isShared ? NodeProblem.sharedName(report.name) : nil)
        } catch {
          return .init(problem: "this machine is not in the registry of nodes: \(error)")
        }
      }, logger: logger, now: context.now)
  }

  private static func prices(_ configuration: Configuration) throws(ErrorReport) -> PriceSource {
    do throws(PriceListError) { return try PriceSource(configuration) } catch {
      throw ErrorReport(code: "prices_invalid", message: "The prices cannot be used:\n\(error)")
    }
  }

  private static func energy(_ context: FeatureContext) -> EnergyAccountant {
    EnergyAccountant(
      reader: AttributionReader(samples: context.samples, spans: context.spans, limits: EnergyAccountant.limits),
      engine: context.engine, inserter: context.pipeline.store, delay: context.configuration[FleetSettings.energyDelay],
      tenants: { [tenants = context.tenants] in try tenants().map(\.id) }, now: context.now,
      logger: context.logger.component("energy"))
  }

  /// Nil where no GPUs are read; the log says why.
  static func gpus(
    _ configuration: Configuration, _ roots: HostRoots, _ instance: String, _ logger: Logger
  ) -> GPUSource? {
    let mode = configuration[FleetSettings.gpuMode]
    let backends = GPUDetection.backends(
      mode, libraryPath: configuration[FleetSettings.nvmlLibrary], procPath: roots.proc, sysPath: roots.sys,
      root: roots.root)
    guard !backends.isEmpty else {
      if mode == .auto { logger.info("no GPUs are read: this machine has none of NVIDIA or AMD") }
      return nil
    }
    var options = GPUCollectorOptions()
    options.fastInterval = configuration[FleetSettings.gpuInterval]
    options.burstHourlyMax = configuration[FleetSettings.burstHourlyMax]
    if !configuration[FleetSettings.burstsOnEvents] { options.burstOnEvent = .zero }
    options.slowInterval = max(options.slowInterval, options.fastInterval)
    options.fixedInterval = max(options.fixedInterval, options.fastInterval)
    return GPUSource(
      collector: GPUCollector(
        backends, options, kubelet: KubeletWatch(path: configuration[FleetSettings.kubeletSocket])),
      interval: options.fastInterval, hasDCGM: configuration[FleetSettings.hasDCGMNames],
      hasDCGMWorkloads: configuration[FleetSettings.hasDCGMWorkloads],
      hostLabel: configuration[FleetSettings.hostNameLabel].label(instance))
  }

  package var services: [any Service] { [events] }

  package var rowSources: [any Service] { [watch] + (host.map { [$0] } ?? []) + [energy] }

  package func reload() {
    prices.reload()
    if let problem = prices.problem { logger.warning("the prices stay as they were", .init("problem", problem)) }
  }

  package var metricsPages: [MetricsPage] {
    host.map { host in [MetricsPage(path: "/metrics/host") { host.page }] } ?? []
  }

  package var healthChecks: [HealthCheck] {
    [
      HealthCheck("fleet") { [host, prices] in
        FleetHealth.collection(problems: host?.problems ?? [], pricesProblem: prices.problem)
      },
      HealthCheck("fleet_events") { [events] in FleetHealth.events(problem: events.problem) },
      HealthCheck("gpu_energy") { [energy] in
        FleetHealth.energy(problem: energy.problem, until: energy.completeUntil, lagSeconds: energy.lagSeconds)
      },
    ]
  }

  package func register(in metrics: MetricRegistry) {
    events.register(in: metrics)
    bursts.register(in: metrics)
    host?.register(in: metrics)
    energy.register(in: metrics)
  }
}
