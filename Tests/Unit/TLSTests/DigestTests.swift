import Base
import TLS
import Testing

struct DigestTests {
  // FIPS 180-4 examples: https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func `SHA-256 gives the published digests`(text: String, digest: String) {
    #expect(Hex.encode(SHA256.digest(Array(text.utf8))) == digest)
  }

  // RFC 1321, appendix A.5
  @Test(arguments: [
    ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
  ])
  func `MD5 gives the published digests`(text: String, digest: String) {
    #expect(Hex.encode(MD5.digest(Array(text.utf8))) == digest)
  }

  @Test func `random bytes differ from call to call`() {
    #expect(SecureRandom.bytes(count: 32) != SecureRandom.bytes(count: 32))
    #expect(SecureRandom.bytes(count: 0).isEmpty)
  }
}
