import API
import Identity
import JSON
import NodeReports

/// The events of a node as the document in which earlier versions kept them.
enum NodeEvents {
  static let kind = "fleet_events"

  private static let form = JSONForm<[GPUEventReport]>.list(
    GPUEventReport.form, countMax: NodeReportLimits.eventCountMax)

  /// Throws for what is not of this version, which is not to be overwritten.
  static func read(_ body: [UInt8]) throws(RegistryError) -> [GPUEventReport] {
    do {
      return try form.read(JSONValue(parsing: body))
    } catch {
      throw RegistryError(
        kind: .incompatible,
        message: "the kept events of the node cannot be read, probably since a later version of Axonize wrote them; "
          + "upgrade this server: \(error)")
    }
  }
}
