extension GPUMetric {
  /// The unit of the values, as the end of the name has it; nil for counts and states.
  package var unit: String? {
    let name = rawValue.hasSuffix("_total") ? rawValue.dropLast("_total".count) : rawValue[...]
    // The longer ends go before those that they end with.
    return ["bytes_per_second", "ratio", "bytes", "celsius", "watts", "joules", "hertz"].first {
      name.hasSuffix("_\($0)")
    }
  }
}
