public import CAxonizeCore

/// What the sender needs of a scope: the fields of ScopeSpans before and after the spans.
///
/// The bytes follow it.
struct Scope {
  var headSize: Int
  var tailSize: Int

  static func head(_ scope: UnsafeMutablePointer<Scope>) -> UnsafePointer<UInt8> {
    UnsafeRawPointer(scope + 1).assumingMemoryBound(to: UInt8.self)
  }

  static func tail(_ scope: UnsafeMutablePointer<Scope>) -> UnsafePointer<UInt8> {
    head(scope) + scope.pointee.headSize
  }
}

/// The scope of a number; that of an unknown number is the first.
func scope(_ core: UnsafeMutablePointer<axz_core>, _ number: UInt32) -> UnsafeMutablePointer<Scope> {
  let known = number < axz_load32(&core.pointee.scope_count) ? Int(number) : 0
  // The first scope is registered before the core is handed out.
  return core.pointee.scopes[known].unsafelyUnwrapped.assumingMemoryBound(to: Scope.self)
}

/// Registers a scope, once for equal ones.
@c @implementation
public func axz_scope_register(
  _ core: UnsafeMutablePointer<axz_core>, _ name: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>?,
  _ schema: UnsafePointer<CChar>?, _ attributes: UnsafePointer<UInt8>?, _ attributesSize: UInt32
) -> UInt32 {
  guard let new = encode(name, version, schema, attributes, Int(attributesSize)) else { return 0 }
  while !axz_exchange_if32(&core.pointee.scope_lock, 0, 1) { sched_yield() }
  defer { axz_store32(&core.pointee.scope_lock, 0) }
  let count = core.pointee.scope_count
  var number: UInt32 = 0
  while number < count {
    if isEqual(scope(core, number), new) {
      free(new)
      return number
    }
    number &+= 1
  }
  guard count < UInt32(AXZ_SCOPES_MAX) else {
    free(new)
    return 0
  }
  core.pointee.scopes[Int(count)] = UnsafeMutableRawPointer(new)
  axz_store32(&core.pointee.scope_count, count &+ 1)
  return count
}

private func isEqual(_ first: UnsafeMutablePointer<Scope>, _ second: UnsafeMutablePointer<Scope>) -> Bool {
  first.pointee.headSize == second.pointee.headSize && first.pointee.tailSize == second.pointee.tailSize
    && memcmp(Scope.head(first), Scope.head(second), first.pointee.headSize &+ first.pointee.tailSize) == 0
}

/// ScopeSpans: scope 1 (name 1, version 2, attributes 3), spans 2, schema_url 3.
private func encode(
  _ name: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>?, _ schema: UnsafePointer<CChar>?,
  _ attributes: UnsafePointer<UInt8>?, _ attributesSize: Int
) -> UnsafeMutablePointer<Scope>? {
  var buffer = axz_buffer()
  axz_buffer_init(&buffer, nil, 0, UInt32(Int32.max))
  defer { axz_buffer_free(&buffer) }
  let mark = axz_buffer_open(&buffer, 1)
  guard mark != 0, appendText(&buffer, 1, name), appendText(&buffer, 2, version),
    axz_buffer_append(&buffer, attributes, attributesSize), axz_buffer_close(&buffer, mark)
  else { return nil }
  let headSize = Int(buffer.used)
  guard appendText(&buffer, 3, schema) else { return nil }
  let size = Int(buffer.used)
  guard let memory = malloc(MemoryLayout<Scope>.size &+ size), let data = buffer.data else { return nil }
  let scope = memory.assumingMemoryBound(to: Scope.self)
  scope.pointee = Scope(headSize: headSize, tailSize: size &- headSize)
  memcpy(UnsafeMutableRawPointer(scope + 1), data, size)
  return scope
}

/// Writes a text field unless it is empty.
func appendText(_ buffer: UnsafeMutablePointer<axz_buffer>, _ field: UInt32, _ text: UnsafePointer<CChar>?) -> Bool {
  guard let text else { return true }
  let size = strlen(text)
  return size == 0
    || axz_buffer_string(buffer, field, UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), size)
}
