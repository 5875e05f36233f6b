import CommandTestSupport
import Commands
import Testing

@testable import MetricsCommands

@Suite struct NamesCommandTests {
  @Test func `metrics are listed`() {
    let world = CommandWorld(MetricsCommands.all)
    world.answers["/api/v1/metrics/names?prefix=gpu"] = (
      200,
      #"{"data":[{"name":"gpu_power_watts","type":"gauge","unit":"watts","description":"Draw","series_count":1200}]}"#
    )
    #expect(world.run("metrics", "list", "--prefix", "gpu") == .success, "\(world.errors)")
    #expect(
      world.output == """
        NAME             TYPE   UNIT   SERIES  DESCRIPTION
        gpu_power_watts  gauge  watts   1,200  Draw

        """)
  }
}
