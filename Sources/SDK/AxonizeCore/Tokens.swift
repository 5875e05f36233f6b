public import CAxonizeCore

/// The counts that follow a recorder.
@inline(__always)
private func counts(_ tokens: UnsafePointer<axz_tokens>) -> UnsafeMutablePointer<UInt32> {
  UnsafeMutableRawPointer(mutating: tokens + 1).assumingMemoryBound(to: UInt32.self)
}

/// Empties a recorder.
@c @implementation
public func axz_tokens_init(_ tokens: UnsafeMutablePointer<axz_tokens>) {
  memset(tokens, 0, Int(AXZ_TOKEN_RECORDER_BYTES))
}

/// Records the arrival of `count` tokens at once.
@c @implementation
public func axz_tokens_record(
  _ core: UnsafeMutablePointer<axz_core>, _ tokens: UnsafeMutablePointer<axz_tokens>, _ count: UInt64
) {
  let now = axz_tick(core)
  let last = tokens.pointee.last
  tokens.pointee.last = now
  tokens.pointee.count &+= count
  guard last != 0 else {
    tokens.pointee.first = now
    return
  }
  let gap = now > last ? now &- last : 0
  tokens.pointee.gaps &+= 1
  tokens.pointee.gap_sum &+= gap
  if gap > tokens.pointee.gap_max { tokens.pointee.gap_max = gap }
  counts(tokens)[bucket(gap)] &+= 1
}

/// The bucket of a gap: its octave and the next four bits.
@inline(__always)
private func bucket(_ gap: UInt64) -> Int {
  let octave = 63 &- (gap | 1).leadingZeroBitCount
  if octave < Int(AXZ_TOKEN_OCTAVE_FIRST) { return 0 }
  if octave >= Int(AXZ_TOKEN_OCTAVE_FIRST) &+ Int(AXZ_TOKEN_OCTAVES) { return Int(AXZ_TOKEN_BUCKETS) &- 1 }
  let step = Int(truncatingIfNeeded: gap &>> UInt64(octave &- 4)) & (Int(AXZ_TOKEN_STEPS) &- 1)
  return (octave &- Int(AXZ_TOKEN_OCTAVE_FIRST)) &* Int(AXZ_TOKEN_STEPS) &+ step
}

/// The time that `share` of the gaps are below.
@c @implementation
public func axz_tokens_quantile(_ tokens: UnsafePointer<axz_tokens>, _ share: Double) -> Double {
  let gaps = tokens.pointee.gaps
  guard gaps > 0 else { return 0 }
  let wanted = share * Double(gaps)
  var below: UInt64 = 0
  var index = 0
  let last = Int(AXZ_TOKEN_BUCKETS) &- 1
  while index < last {
    below &+= UInt64(counts(tokens)[index])
    if below > 0, Double(below) >= wanted { break }
    index &+= 1
  }
  let octave = index / Int(AXZ_TOKEN_STEPS) &+ Int(AXZ_TOKEN_OCTAVE_FIRST)
  let width = Double(UInt64(1) &<< UInt64(octave &- 4))
  let low = Double(UInt64(1) &<< UInt64(octave)) + width * Double(index % Int(AXZ_TOKEN_STEPS))
  return min(low + width / 2, Double(tokens.pointee.gap_max))
}
