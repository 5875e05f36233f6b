package import API
package import Commands
package import Feature
import StorageAPI
import StorageCommands
import StorageQueries

/// What the server keeps, for how long, and what it takes on the disk.
package struct StorageFeature: Feature {
  package static let name = "storage"
  package static let commands = StorageCommands.all

  package let endpoints: [Endpoint<Void>]

  package init(_ context: FeatureContext) {
    endpoints =
      StorageEndpoints(
        reader: StorageReader(engine: context.engine, schema: context.schema, retention: context.retention)
      ).endpoints
  }
}
