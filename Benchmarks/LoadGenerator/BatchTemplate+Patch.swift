extension BatchTemplate {
  /// Copies the request into `body` and gives it new ids, times and values.
  ///
  /// - Parameter spreadNanoseconds: root spans end at most this long before `now` (Unix nanoseconds).
  func write(to body: inout [UInt8], now: UInt64, spreadNanoseconds: UInt64, random: inout RandomNumbers) {
    body.removeAll(keepingCapacity: true)
    body.append(contentsOf: bytes)
    var bytes = body.mutableSpan
    var traceHigh: UInt64 = 0
    var traceLow: UInt64 = 0
    var rootID: UInt64 = 0
    var traceStart: UInt64 = 0
    var traceDuration: UInt64 = 0
    var customer: UInt64 = 0
    for span in spans {
      let spanID = random.next() | 1
      let numbers = random.next()
      if span.parentSpanID == nil {
        traceHigh = random.next() | 1
        traceLow = random.next()
        rootID = spanID
        // 16 ms to 17 s, most of them short; it is over before `now`.
        traceDuration = 16_000_000 + random.below(1 << (24 + random.below(11)))
        traceStart = now - spreadNanoseconds + random.below(max(1, spreadNanoseconds)) - traceDuration
        customer = random.next()
      }
      bytes.store(traceHigh, at: span.traceID)
      bytes.store(traceLow, at: span.traceID + 8)
      bytes.store(spanID, at: span.spanID)
      var start = traceStart
      var duration = traceDuration
      if let parent = span.parentSpanID {
        bytes.store(rootID, at: parent)
        let delay = random.below(traceDuration)
        start += delay
        duration = random.below(traceDuration - delay)
      }
      bytes.store(start, at: span.startTime)
      bytes.store(start + duration, at: span.endTime)
      bytes.store(twoByteVarint: numbers, at: span.inputTokens)
      bytes.store(twoByteVarint: numbers >> 14, at: span.outputTokens)
      bytes.store(digits: customer, at: span.customerDigits)
      bytes.store(Double((numbers >> 44) % 5_000_000).rounded() / 1000, at: span.queueMilliseconds)
    }
  }
}

extension MutableSpan where Element == UInt8 {
  mutating fileprivate func store(_ value: UInt64, at offset: Int) {
    for index in 0..<8 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
  }

  mutating fileprivate func store(_ value: Double, at offset: Int) { store(value.bitPattern, at: offset) }

  /// 128 to 16,383, from the low 14 bits.
  mutating fileprivate func store(twoByteVarint value: UInt64, at offset: Int) {
    let number = value & 0x3FFF | 0x80
    self[offset] = UInt8(truncatingIfNeeded: number) | 0x80
    self[offset + 1] = UInt8(truncatingIfNeeded: number >> 7)
  }

  /// Five decimal digits of one of 10,000 customers.
  mutating fileprivate func store(digits value: UInt64, at offset: Int) {
    var rest = value % 10_000
    for index in stride(from: 4, through: 0, by: -1) {
      self[offset + index] = UInt8(48 + rest % 10)
      rest /= 10
    }
  }
}
