package import Commands

/// The commands of the Fleet slice.
package enum FleetCommands {
  /// In the order of the help.
  package static let all: [CommandDefinition] =
    [HostCommand.definition] + GPUCommands.all
    + [TopologyCommand.definition, EventCommand.definition, EnergyCommand.definition]
}
