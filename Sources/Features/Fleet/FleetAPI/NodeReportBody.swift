import API
import JSON
import NodeReports

/// What an agent sends: a ``NodeReport``.
enum NodeReportBody {
  private static let name = JSONMember.text(
    "name", "The name of the machine, the label `instance` of its series.", length: 1...NodeReportLimits.nameLengthMax
  ).required()
  private static let version = member("version", "The version of the program that reports.", NodeReport.versionForm)
  private static let labels = member(
    "labels", "What people say of the machine, such as its rack.", NodeReport.labelsForm)
  private static let run = optional(
    "run", "A number that the program chose at its start, which tells two with one name apart.", NodeReport.runForm)
  private static let clockOffset = optional(
    "clock_offset_seconds", "By how much the machine's clock is ahead of the server's.", NodeReport.clockOffsetForm)
  private static let drivers = member("drivers", "Whether drivers of GPUs answer.", NodeReport.driversForm)
  private static let gpus = member(
    "gpus", "The GPUs with their parts, processes and newest values.", NodeReport.gpusForm)
  private static let events = member("events", "The newest events; known ones count once.", NodeReport.eventsForm)

  private static let burst = optional(
    "burst", "How many bursts there were since the start of the program, and the newest.", NodeReport.burstForm)

  private static func member<Value>(_ name: String, _ description: String, _ form: JSONForm<Value>) -> JSONMember<Value>
  {
    JSONMember<Value?>(name, description, schema: form.shape.schema, read: form.read).required()
  }

  private static func optional<Value>(
    _ name: String, _ description: String, _ form: JSONForm<Value>
  ) -> JSONMember<Value?> {
    JSONMember<Value?>(name, description, schema: form.shape.schema, read: form.read)
  }

  static let definition = BodyDefinition(
    "NodeReportBody",
    [
      name.definition, version.definition, labels.definition, run.definition, clockOffset.definition,
      drivers.definition, gpus.definition, events.definition, burst.definition,
    ], bytesMax: NodeReportLimits.bytesMax, ignoresUnknownMembers: true)

  static func report(_ body: JSONObject) -> NodeReport {
    var report = NodeReport()
    report.name = body[name]
    report.version = body[version]
    report.labels = body[labels]
    report.run = body[run]
    report.clockOffsetSeconds = body[clockOffset]
    report.drivers = body[drivers]
    report.gpus = body[gpus]
    report.events = body[events]
    report.burst = body[burst]
    return report
  }
}
