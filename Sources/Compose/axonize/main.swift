import CLI
import Glibc

exit(
  CommandLineInterface.run(
    arguments: Array(CommandLine.arguments.dropFirst()), environment: Launch.environment(),
    serve: Launch.serve(_:whenReady:),
    probeEngine: Launch.probeEngine))
