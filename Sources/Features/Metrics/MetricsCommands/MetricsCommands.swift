package import Commands

/// The commands of the Metrics slice.
package enum MetricsCommands {
  package static let all: [CommandDefinition] = [
    QueryCommand.definition, SeriesCommands.series, SeriesCommands.labels, NamesCommand.definition,
    CurrentCommand.definition, HistoryCommand.definition, StatisticsCommand.definition, AnomaliesCommand.definition,
    ForecastCommand.definition, CorrelationCommand.definition, ExportCommand.definition,
    TargetsCommand.definition,
  ]
}
