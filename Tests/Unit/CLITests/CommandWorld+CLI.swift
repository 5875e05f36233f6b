import CommandTestSupport
import Features

@testable import CLI

extension CommandWorld {
  convenience init() { self.init(CommandLineInterface.commands, settings: Features.settings) }
}
