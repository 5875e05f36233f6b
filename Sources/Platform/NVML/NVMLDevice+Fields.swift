import CNVML

/// A value that is asked for by number, `NVML_FI_DEV_…`.
package enum NVMLField: UInt32, CaseIterable, Sendable {
  // Of all links.
  case linkCRCErrors = 38
  case linkReplayErrors = 52
  case linkRecoveries = 59
  /// Degrees Celsius.
  case memoryTemperature = 82
  /// Millijoules since the driver was loaded.
  case energy = 83
  case pcieReplays = 94
  /// KiB of payload over all links.
  case linkTransmitted = 138
  /// KiB of payload over all links.
  case linkReceived = 139
  /// Milliwatts, the mean of a second.
  case powerAverage = 185
  /// Milliwatts.
  case powerInstant = 186
  /// What the driver advises: 0 nothing, 1 reset, 2 reboot, 3 drain P2P, 4 drain and reset.
  case recoveryAction = 230

  /// What the call reads: all links where it could be one.
  fileprivate var scope: UInt32 {
    switch self {
    case .linkTransmitted, .linkReceived: .max
    default: 0
    }
  }
}

/// The value of a field, or why there is none.
package typealias NVMLFieldResult = Result<Double, NVMLFailure>

extension NVMLDevice {
  /// Reads fields in one call; each has a result of its own.
  package func fields(_ fields: [NVMLField]) throws(NVMLFailure) -> [NVMLField: NVMLFieldResult] {
    var values = fields.map { field in
      var value = CNVML_FieldValue()
      value.field_id = field.rawValue
      value.scope_id = field.scope
      // A driver that leaves a field out has not written its result.
      value.result = 999
      return value
    }
    typealias Signature = @convention(c) (OpaquePointer, Int32, UnsafeMutablePointer<CNVML_FieldValue>) -> UInt32
    try unsafe perform(.fieldValues, Signature.self) { call, handle in
      let count = Int32(values.count)
      // SAFETY: the array has room for as many values as the call is told.
      return unsafe values.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return 2 }
        return unsafe call(handle, count, base)
      }
    }
    var results: [NVMLField: NVMLFieldResult] = [:]
    for (field, value) in zip(fields, values) { results[field] = Self.result(value) }
    return results
  }

  private static func result(_ field: CNVML_FieldValue) -> NVMLFieldResult {
    guard field.result == 0 else { return .failure(NVMLFailure(.fieldValues, NVMLResult(field.result))) }
    // SAFETY: the type says which member of the union the driver has written.
    let number: Double? =
      switch field.value_type {
      case 0: unsafe field.value.as_double
      case 1: unsafe field.value.as_uint32 == .max ? nil : unsafe Double(field.value.as_uint32)
      case 2, 3: unsafe field.value.as_uint64 == .max ? nil : unsafe Double(field.value.as_uint64)
      case 4: unsafe Double(field.value.as_int64)
      case 5: unsafe Double(field.value.as_int32)
      case 6: unsafe field.value.as_uint16 == .max ? nil : unsafe Double(field.value.as_uint16)
      default: nil
      }
    guard let number, number.isFinite else { return .failure(NVMLFailure(.fieldValues, .notAvailable)) }
    return .success(number)
  }
}
