import COpenSSL

/// The SHA-256 hash, by OpenSSL.
package enum SHA256 {
  /// The 32 bytes of the digest (FIPS 180-4).
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var count: UInt32 = 0
    // SAFETY: the input's own address and count; the output has the 32 bytes that EVP_sha256 writes.
    let result = unsafe EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil)
    precondition(result == 1 && count == 32, "OpenSSL has no SHA-256")
    return digest
  }
}

/// The MD5 hash, by OpenSSL: for formats that are defined with it, never for secrets or signatures.
package enum MD5 {
  /// The 16 bytes of the digest (RFC 1321).
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 16)
    var count: UInt32 = 0
    // SAFETY: the input's own address and count; the output has the 16 bytes that EVP_md5 writes.
    let result = unsafe EVP_Digest(bytes, bytes.count, &digest, &count, EVP_md5(), nil)
    precondition(result == 1 && count == 16, "OpenSSL has no MD5")
    return digest
  }
}

/// Random bytes that nobody can guess.
package enum SecureRandom {
  /// Bytes of the cryptographic generator (RAND_bytes(3)).
  package static func bytes(count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: the buffer's own address and count.
    let result = unsafe RAND_bytes(&bytes, Int32(count))
    precondition(result == 1, "the random generator of OpenSSL cannot be seeded")
    return bytes
  }
}
