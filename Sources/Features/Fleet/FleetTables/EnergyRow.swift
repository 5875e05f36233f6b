package import Base
import Columns

/// A row of `gpu_energy`.
package struct EnergyRow: Sendable, Hashable {
  /// What the values of a row are summed up by.
  package struct Key: Sendable, Hashable {
    package var tenant: TenantID
    package var kind: EnergyRowKind
    package var gpu = ""
    package var resource = ""
    package var gpuModel = ""
    package var node = ""
    package var service = ""
    package var provider = ""
    package var operation = ""
    package var model = ""
    /// Only of rows of the kind.
    package var otherTenant: TenantID?

    package init(_ kind: EnergyRowKind, of tenant: TenantID) {
      self.kind = kind
      self.tenant = tenant
    }
  }

  package var key: Key
  package var joules = 0.0
  package var exactJoules = 0.0
  package var estimatedJoules = 0.0
  package var gpuSeconds = 0.0
  package var unmeasuredSeconds = 0.0
  package var spans = 0.0
  package var inputTokens = 0.0
  package var outputTokens = 0.0

  package init(_ key: Key) { self.key = key }
}

extension EnergyBlock {
  /// - Parameters:
  ///   - minute: when it begins, in seconds since 1970.
  ///   - revision: when it was computed, in nanoseconds since 1970.
  package func append(_ row: EnergyRow, minute: Int64, revision: Int64, pass: Int) {
    let key = row.key
    tenant.append(key.tenant.rawValue)
    self.minute.append(UInt32(clamping: minute))
    kind.append(key.kind.rawValue)
    self.revision.append(UInt64(clamping: revision))
    self.pass.append(UInt8(clamping: pass))
    gpu.append(key.gpu)
    resource.append(key.resource)
    gpuModel.append(key.gpuModel)
    node.append(key.node)
    serviceName.append(key.service)
    provider.append(key.provider)
    operation.append(key.operation)
    model.append(key.model)
    otherTenant.append(key.otherTenant?.rawValue ?? 0)
    joules.append(row.joules)
    exactJoules.append(row.exactJoules)
    estimatedJoules.append(row.estimatedJoules)
    gpuSeconds.append(row.gpuSeconds)
    unmeasuredSeconds.append(row.unmeasuredSeconds)
    spans.append(row.spans)
    inputTokens.append(row.inputTokens)
    outputTokens.append(row.outputTokens)
  }
}
