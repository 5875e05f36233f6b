package import API
package import Commands
package import Configuration
package import Metrics
package import Schema

/// What a slice of the product declares, without being started.
///
/// The reference pages, the command line and what may be set are derived from the declarations of all slices, so that a
/// slice touches its own folder and one line of Compose.
package protocol FeatureDeclaration: Sendable {
  /// A name for messages and logs, e.g. `telemetry`; no two slices have the same.
  static var name: String { get }

  /// In the order of the reference page. None by default.
  static var settings: [SettingGroup] { get }

  /// In the order of the help. None by default.
  static var commands: [CommandDefinition] { get }

  /// What the slice stores in the engine. None by default.
  static var tables: [StoredTable] { get }

  /// The steps that make its tables, in order. None by default.
  static var schemaSteps: [SchemaStep] { get }

  /// How long rows are kept, by the settings of the slice. The periods' own defaults by default.
  static func setRetention(_ policy: inout RetentionPolicy, by configuration: Configuration)

  /// What is wrong with files that settings of the slice name, and with settings that do not go together: a sentence each.
  /// Nothing by default.
  static func problems(of configuration: Configuration) -> [String]
}

/// What a slice of the product does in a running server.
///
/// docs/adding-a-feature.md shows how one is added.
package protocol Feature: FeatureDeclaration {
  /// Makes the slice of a server that starts; throws when it cannot work.
  init(_ context: FeatureContext) throws

  /// In the order of the OpenAPI document. None by default.
  var endpoints: [Endpoint<Void>] { get }

  /// Wire protocols beside the API, each with routes of its own. None by default.
  var protocols: [any ProtocolRoutes] { get }

  /// Operations of ``protocols`` that the OpenAPI document describes. None by default.
  var operations: [EndpointDefinition] { get }

  /// Pages for people in a browser. None by default.
  var pages: [any PageRoutes] { get }

  /// Pages beside `/metrics`. None by default.
  var metricsPages: [MetricsPage] { get }

  /// What `/readyz` asks. None by default.
  var healthChecks: [HealthCheck] { get }

  /// What runs beside the requests: started in this order, stopped in reverse. None by default.
  var services: [any Service] { get }

  /// What brings rows by itself: started after the services of all slices, when the journal is replayed, and stopped before
  /// them.
  ///
  /// None by default.
  var rowSources: [any Service] { get }

  /// Reads again what the slice reads from files of people, soon; somebody asked for it. Nothing by default.
  func reload()

  /// Registers the slice's metrics for `/metrics`. Nothing by default.
  func register(in metrics: MetricRegistry)
}

extension FeatureDeclaration {
  package static var settings: [SettingGroup] { [] }
  package static var commands: [CommandDefinition] { [] }
  package static var tables: [StoredTable] { [] }
  package static var schemaSteps: [SchemaStep] { [] }
  package static func setRetention(_ policy: inout RetentionPolicy, by configuration: Configuration) {}
  package static func problems(of configuration: Configuration) -> [String] { [] }
}

extension Feature {
  package var endpoints: [Endpoint<Void>] { [] }
  package var protocols: [any ProtocolRoutes] { [] }
  package var operations: [EndpointDefinition] { [] }
  package var pages: [any PageRoutes] { [] }
  package var metricsPages: [MetricsPage] { [] }
  package var healthChecks: [HealthCheck] { [] }
  package var services: [any Service] { [] }
  package var rowSources: [any Service] { [] }
  package func reload() {}
  package func register(in metrics: MetricRegistry) {}
}
