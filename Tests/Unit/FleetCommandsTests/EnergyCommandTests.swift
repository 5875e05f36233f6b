import CommandTestSupport
import Commands
import Testing

@testable import FleetCommands

/// Goal: energy and costs are shown by group, with what is missing and why.
///
/// Method: a response as the API has it.
@Suite struct EnergyCommandTests {
  private static let energy = """
    {"data":{"start":"2026-11-29T18:00:00Z","end":"2026-11-30T18:00:00Z","complete_until":"2026-11-30T17:58:00Z",
    "currency":"EUR","measured_joules":9000000,"coverage":0.5,
    "total":{"joules":7200000,"kwh":2,"gpu_seconds":7200,"energy_cost":0.6,"gpu_cost":null,"carbon_grams":1500,
    "spans":40,"input_tokens":600000,"output_tokens":400000,"joules_per_token":7.2,
    "energy_cost_per_million_tokens":0.6,"gpu_cost_per_million_tokens":null},
    "idle":{"joules":1800000,"kwh":0.5,"gpu_seconds":600,"energy_cost":0.15,"gpu_cost":null,"carbon_grams":375},
    "other_tenants":{"joules":0,"kwh":0,"gpu_seconds":0,"energy_cost":0,"gpu_cost":0,"carbon_grams":0},
    "group_count":3,"groups":[
    {"group":{"model":"llama"},"joules":7000000,"kwh":1.94,"gpu_seconds":7000,"energy_cost":0.58,"gpu_cost":null,
    "carbon_grams":1450,"spans":30,"input_tokens":600000,"output_tokens":400000,"joules_per_token":7,
    "energy_cost_per_million_tokens":0.58,"gpu_cost_per_million_tokens":null},
    {"group":{"model":""},"joules":5000,"kwh":0.0014,"gpu_seconds":200,"energy_cost":0.0004,"gpu_cost":null,
    "carbon_grams":1,"spans":10,"input_tokens":0,"output_tokens":0,"joules_per_token":null,
    "energy_cost_per_million_tokens":null,"gpu_cost_per_million_tokens":null}],
    "unavailable":[{"value":"gpu_cost","reason":"price_not_set"}]}}
    """

  private func run(_ arguments: String..., path: String, energy: String = energy) -> [String] {
    let world = CommandWorld(FleetCommands.all)
    world.columnCount = 200
    world.answers = [path: (200, energy)]
    #expect(world.run(arguments) == .success, "\(world.errors)")
    return world.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
  }

  @Test func `each group has its energy and what it costs`() {
    let lines = run("energy", path: "/api/v1/energy?start=-24h&by=model&limit=50")
    #expect(
      Array(lines.prefix(5)) == [
        "MODEL SPANS TOKENS ENERGY J/TOKEN GPU TIME ENERGY COST GPU COST PER 1M TOKENS CO2",
        "llama 30 1,000,000 1.94 kWh 7 1 h 56 min 0.58 - 0.58 1.45 kg", "- 10 0 5,000 J 3 min 20 s 0.0004 - - 1 g",
        "all spans 40 1,000,000 2 kWh 7.2 2 h 0 min 0.6 - 0.6 1.5 kg", "idle 500 Wh 10 min 0 s 0.15 - 375 g",
      ])
    #expect(
      Array(lines.dropFirst(5)) == [
        "2 of 3 groups are shown; --limit shows more.", "Costs in EUR.",
        "No price of an hour is set for all of these GPUs: see docs/energy.md.",
        "50% of the time of the GPUs was measured.",
        "Computed up to 2026-11-30T17:58:00 UTC; newer minutes follow, and minutes of the last hour may change.",
      ])
  }

  @Test func `a time without measured GPUs is told from one that is not computed`() {
    let sums = #"{"joules":0,"gpu_seconds":0}"#
    let idle = #""total":\#(sums),"idle":\#(sums),"groups":[],"unavailable":[],"coverage":null"#
    let path = "/api/v1/energy?start=-24h&by=model&limit=50"
    let computed = run(
      "energy", path: path, energy: #"{"data":{\#(idle),"complete_until":"2026-11-30T17:58:00Z"}}"#)
    #expect(
      Array(computed.suffix(2)) == [
        "No GPU was measured in these minutes; 'axonize gpus --ids' lists GPUs.",
        "Computed up to 2026-11-30T17:58:00 UTC; newer minutes follow, and minutes of the last hour may change.",
      ])
    let before = run("energy", path: path, energy: #"{"data":{\#(idle),"complete_until":null}}"#)
    #expect(before.last == "Nothing is computed yet: the first minute takes some minutes.")
  }

  @Test func `options become parameters`() {
    let path = "/api/v1/energy?by=gpu%2Cservice&model=llama&start=2026-11-01T00%3A00%3A00Z&limit=5"
    let lines = run(
      "energy", "--by", "gpu,service", "--model", "llama", "--start", "2026-11-01T00:00:00Z", "-n", "5", "--json",
      path: path)
    #expect(lines.first?.hasPrefix("{\"data\":") == true)
  }
}
