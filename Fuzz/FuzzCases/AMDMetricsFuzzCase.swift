import GPUCollection

/// Properties of AMD's table of metrics: it never traps, and what it gives is a number in the bounds of its unit.
package enum AMDMetricsFuzzCase {
  package static func run(_ input: [UInt8]) {
    guard let table = try? AMDMetricsTable(input) else { return }
    let ratios = [table.utilisation, table.memoryUtilisation].compactMap { $0 }
    precondition(ratios.allSatisfy { (0...1).contains($0) }, "a utilisation that is no ratio")
    let shorts = [table.hotSpotCelsius, table.memoryCelsius, table.graphicsCelsius, table.watts].compactMap { $0 }
    precondition(shorts.allSatisfy { (0..<65_535).contains($0) }, "a value beyond its number")
    precondition(table.joules ?? 0 >= 0 && table.joules?.isFinite ?? true, "joules that are no number")
    precondition(table.joules == nil || table.hasEnergyUnit, "joules without a unit")
  }
}
