import CommandTestSupport
import TelemetryCommands

extension CommandWorld {
  convenience init() { self.init(TraceCommands.all + OwnerCommands.all + LogCommands.all) }
}
