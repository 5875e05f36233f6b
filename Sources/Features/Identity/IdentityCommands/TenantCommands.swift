import Base
package import Commands
import Identity
import JSON

/// `tenants`: like `keys`, they open the registry in the data directory.
package enum TenantCommands {
  package static let all = [create, list]

  private static let create = CommandDefinition(
    path: ["tenants", "create"], summary: "Add a tenant, whose data is kept apart.",
    discussion: RegistryFolder.discussion, operands: [OperandDefinition(name: "name", meaning: "A new name.")],
    options: [OptionDefinition.json] + SettingOptions.dataDirectory,
    run: { arguments, context in
      let folder = try RegistryFolder.find("tenants create", arguments, context)
      let tenant = try folder.made(context).createTenant(name: arguments.operands[0], at: context.now())
      folder.say("tenants create", arguments, context)
      if arguments.has("--json") {
        context.printJSON { writer in writeMembers(tenant, &writer) }
      } else {
        context.print("\(tenant.id)  \(TextWidth.visible(tenant.name))")
      }
      return .success
    })

  private static let list = CommandDefinition(
    path: ["tenants", "list"], summary: "List tenants.", discussion: RegistryFolder.discussion,
    options: [OptionDefinition.json] + SettingOptions.dataDirectory,
    run: { arguments, context in
      let folder = try RegistryFolder.find("tenants list", arguments, context)
      let tenants = try folder.existing(context).tenants()
      folder.say("tenants list", arguments, context)
      if arguments.has("--json") {
        context.printJSON { writer in
          writer.key("data")
          writer.array { writer in
            for tenant in tenants { writer.object { writer in writeMembers(tenant, &writer) } }
          }
        }
        return .success
      }
      var table = Table([.init(title: "ID", isNumber: true), .init(title: "NAME", isFlexible: true)])
      for tenant in tenants { table.append([tenant.id.description, tenant.name]) }
      context.print(table)
      return .success
    })

  private static func writeMembers(_ tenant: Tenant, _ writer: inout JSONWriter) {
    writer.member("id", Int64(tenant.id.rawValue))
    writer.member("name", tenant.name)
    writer.member("created_at", RFC3339.format(tenant.createdAt))
  }
}
