package import Commands

/// The commands of the Metrics slice.
package enum MetricsCommands {
  package static let all: [CommandDefinition] = [
    QueryCommand.definition, SeriesCommands.series, SeriesCommands.labels,
  ]
}
