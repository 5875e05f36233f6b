public import CAxonizeCore

/// A random number other than 0 from this thread's generator, xoshiro256++ (https://prng.di.unimi.it).
@c @implementation
public func axz_random_id(_ core: UnsafeMutablePointer<axz_core>) -> UInt64 {
  axz_load_relaxed(&core.pointee.fixed_ids) != 0 ? axz_add(&core.pointee.fixed_ids, 1) : randomNumber(core)
}

/// A random number other than 0, whatever ids are.
@inline(__always)
func randomNumber(_ core: UnsafeMutablePointer<axz_core>) -> UInt64 { randomNumber(seededGenerator(core)) }

/// This thread's generator.
@inline(__always)
func seededGenerator(_ core: UnsafeMutablePointer<axz_core>) -> UnsafeMutablePointer<axz_generator> {
  let thread = axz_this_thread()
  let generation = core.pointee.generation
  if thread.pointee.generation != generation {
    seed(axz_generator_of(thread))
    thread.pointee.generation = generation
  }
  return axz_generator_of(thread)
}

/// The generator of embedders that hold a lock.
@inline(__always)
func seededLockedGenerator(_ core: UnsafeMutablePointer<axz_core>) -> UnsafeMutablePointer<axz_generator> {
  let generation = core.pointee.generation
  if core.pointee.locked_generation != generation {
    seed(axz_locked_generator(core))
    core.pointee.locked_generation = generation
  }
  return axz_locked_generator(core)
}

@inline(__always)
func randomNumber(_ generator: UnsafeMutablePointer<axz_generator>) -> UInt64 {
  var id: UInt64
  repeat { id = next(generator) } while id == 0
  return id
}

@inline(__always)
private func next(_ generator: UnsafeMutablePointer<axz_generator>) -> UInt64 {
  let (s0, s1, s2, s3) = (generator.pointee.s0, generator.pointee.s1, generator.pointee.s2, generator.pointee.s3)
  let result = rotated(s0 &+ s3, 23) &+ s0
  let t2 = s2 ^ s0
  let t3 = s3 ^ s1
  generator.pointee.s1 = s1 ^ t2
  generator.pointee.s0 = s0 ^ t3
  generator.pointee.s2 = t2 ^ (s1 &<< 17)
  generator.pointee.s3 = rotated(t3, 45)
  return result
}

@inline(__always)
private func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value &<< count | value &>> (64 &- count) }

/// Fills the generator's state from the kernel; without a source of randomness from clocks and addresses.
@inline(never)
private func seed(_ generator: UnsafeMutablePointer<axz_generator>) {
  let bytes = UnsafeMutableRawPointer(generator)
  var filled = axz_getrandom(bytes, 32) == 32
  if !filled {
    // Kernels before 3.17 have no getrandom(2).
    let file = axz_open_read("/dev/urandom")
    if file >= 0 {
      filled = read(file, bytes, 32) == 32
      close(file)
    }
  }
  if !filled {
    generator.pointee.s0 = axz_clock(CLOCK_REALTIME)
    generator.pointee.s1 = axz_clock(CLOCK_MONOTONIC)
    generator.pointee.s2 = UInt64(UInt(bitPattern: bytes))
    generator.pointee.s3 = UInt64(UInt32(bitPattern: getpid())) | 1 &<< 63
    for _ in 0..<16 { _ = next(generator) }
  }
  // The one state that the generator never leaves.
  if generator.pointee.s0 | generator.pointee.s1 | generator.pointee.s2 | generator.pointee.s3 == 0 {
    generator.pointee.s0 = 1
  }
}

/// Counts ids up from a number, for tests.
@c @implementation
public func axz_set_fixed_ids(_ core: UnsafeMutablePointer<axz_core>, _ first: UInt64) {
  axz_store(&core.pointee.fixed_ids, first)
}
